-- ARGV: family, until ms. A pause is only made longer.
local known = tonumber(redis.call('HGET', key(ARGV[1]), 'paused') or 0)
redis.call('HSET', key(ARGV[1]), 'paused', math.max(known, tonumber(ARGV[2])))
redis.call('PEXPIRE', key(ARGV[1]), KEEP)
