-- ARGV: account time ms, tries that are let go without a rest, the rest in ms, how many leases at most
local now, rest_after, rest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local ids = redis.call('ZRANGEBYSCORE', leased, '-inf', redis_ms(), 'LIMIT', 0, ARGV[4])
for _, id in ipairs(ids) do
  local known = redis.call('HMGET', state(id), 'work', 'due')
  local at = tonumber(known[2] or now)
  if redis.call('HINCRBY', state(id), 'tries', 1) > rest_after then
    at = math.max(at, now + rest)
    redis.call('HSET', state(id), 'not_before', at)
  end
  put_back(id, known[1] or 'live', at)
end
return ids
