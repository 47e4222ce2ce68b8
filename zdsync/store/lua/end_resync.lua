-- KEYS: the resync under way, epoch; ARGV: token, content of the epoch. Only a resync that was not emptied in between counts.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], ARGV[2])
return 1
