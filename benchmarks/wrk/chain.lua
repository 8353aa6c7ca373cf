-- Each thread holds one connection and one chain of refresh tokens: what an answer brings is presented next.
-- Arguments as those of same.lua; the body of a line is the first token of its chain.
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  local at = 0
  for line in io.lines(args[3]) do
    if at == number then token = line:match("\t(.*)$") end
    at = at + 1
  end
  headers = { ["Content-Type"] = args[2] }
  method = args[1]
end

function request() return wrk.format(method, nil, headers, '{"refresh":"' .. token .. '"}') end

function response(status, _, body)
  token = body:match('"refresh":"([^"]+)"') or token
end

dofile((debug.getinfo(1, "S").source:match("^@(.*)chain%.lua$") or "./") .. "outcome.lua")
