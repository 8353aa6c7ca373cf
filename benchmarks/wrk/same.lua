-- Each thread holds one connection and sends one request of its own again and again.
-- Arguments: method, type of the body, and a file with one line for each thread: a bearer (or "-") and a body, parted by a tab.
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  local at = 0
  for line in io.lines(args[3]) do
    if at == number then
      local authorization, body = line:match("^([^\t]*)\t(.*)$")
      local headers = { ["Content-Type"] = args[2] }
      if authorization ~= "-" then headers["Authorization"] = authorization end
      made = wrk.format(args[1], nil, headers, body ~= "" and body or nil)
    end
    at = at + 1
  end
end

function request() return made end

dofile((debug.getinfo(1, "S").source:match("^@(.*)same%.lua$") or "./") .. "outcome.lua")
