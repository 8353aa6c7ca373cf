-- Each thread holds one connection and sends the requests of its own in turns, round and round.
-- Arguments as those of same.lua, but that the lines are dealt out among the threads; the fourth is how many these are.
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  local at = 0
  made, turn = {}, 0
  for line in io.lines(args[3]) do
    if at % tonumber(args[4]) == number then
      local authorization, body = line:match("^([^\t]*)\t(.*)$")
      local headers = { ["Content-Type"] = args[2] }
      if authorization ~= "-" then headers["Authorization"] = authorization end
      made[#made + 1] = wrk.format(args[1], nil, headers, body ~= "" and body or nil)
    end
    at = at + 1
  end
end

function request()
  turn = turn % #made + 1
  return made[turn]
end

dofile((debug.getinfo(1, "S").source:match("^@(.*)round%.lua$") or "./") .. "outcome.lua")
