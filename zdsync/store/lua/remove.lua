-- ARGV: ticket id, token
-- 1: forgotten; 0: not ours, nothing done; 2: hinted meanwhile (restored, perhaps), so due again at once
local id = ARGV[1]
if not holds(id, ARGV[2]) then return 0 end
local known = redis.call('HMGET', state(id), 'gen', 'gen0', 'work', 'due')
if tonumber(known[1] or 0) ~= tonumber(known[2]) then
  put_back(id, known[3], known[4])
  redis.call('HDEL', state(id), 'tries')
  return 2
end
redis.call('ZREM', leased, id)
redis.call('DEL', state(id), prefix .. 'history:' .. id, prefix .. 'held:' .. id)
return 1
