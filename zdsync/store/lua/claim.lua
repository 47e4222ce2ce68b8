-- ARGV: how many, account time ms, lease ms, token, after how many others a bulk ticket has its turn
-- Gives rows of {id, class, due ms, tries}.
local now, lease_end, every = ARGV[2], redis_ms() + tonumber(ARGV[3]), tonumber(ARGV[5])
local turn = tonumber(redis.call('GET', prefix .. 'turn') or 0)

local function first_due()
  local order = turn >= every and {'bulk', 'p1', 'live'} or CLASSES
  for _, work in ipairs(order) do
    local row = redis.call('ZRANGEBYSCORE', due(work), '-inf', now, 'WITHSCORES', 'LIMIT', 0, 1)
    if row[1] then return work, row[1], row[2] end
  end
end

local rows = {}
while #rows < tonumber(ARGV[1]) do
  local work, id, at = first_due()
  if not id then break end
  local known = redis.call('HMGET', state(id), 'gen', 'tries')
  local tries = tonumber(known[2] or 0)
  -- Who has lost a worker before is claimed alone: if it kills this one too, it takes no other ticket along.
  if tries > 0 and #rows > 0 then break end
  redis.call('ZREM', due(work), id)
  redis.call('ZADD', leased, lease_end, id)
  redis.call('HSET', state(id), 'token', ARGV[4], 'gen0', known[1] or 0, 'work', work, 'due', at)
  turn = work == 'bulk' and 0 or math.min(turn + 1, every)
  rows[#rows + 1] = {id, work, at, tries}
  if tries > 0 then break end
end
if #rows > 0 then redis.call('SET', prefix .. 'turn', turn) end
return rows
