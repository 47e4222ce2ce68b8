-- KEYS: heartbeats (hash); ARGV: name (empty: only look). Gives {now ms, name, ms, name, ms…}.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[1] ~= '' then redis.call('HSET', KEYS[1], ARGV[1], now) end
return {now, redis.call('HGETALL', KEYS[1])}
