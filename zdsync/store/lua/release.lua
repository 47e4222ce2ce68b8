-- ARGV: ticket id, token, wake ms (or empty), not before ms, account time ms, settle ms, class (or empty: as it was)
local id, wake, now = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[5])
if not holds(id, ARGV[2]) then return 0 end

-- Nobody sleeps longer than a day, so a ticket that every hint has missed is looked at within one.
local latest = now + DAY
local not_before = math.min(tonumber(ARGV[4]), latest)
local known = redis.call('HMGET', state(id), 'gen', 'gen0', 'work')
local at = wake or latest
if tonumber(known[1] or 0) ~= tonumber(known[2]) then at = now + tonumber(ARGV[6]) end
at = math.min(math.max(at, not_before), latest)

put_back(id, ARGV[7] ~= '' and ARGV[7] or known[3], at)
redis.call('HDEL', state(id), 'tries', 'wake', 'not_before')
if wake then redis.call('HSET', state(id), 'wake', wake) end
if not_before > now then redis.call('HSET', state(id), 'not_before', not_before) end
return 1
