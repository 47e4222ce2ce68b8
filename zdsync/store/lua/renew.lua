-- ARGV: ticket id, token, lease ms
if not holds(ARGV[1], ARGV[2]) then return 0 end
redis.call('ZADD', leased, redis_ms() + tonumber(ARGV[3]), ARGV[1])
return 1
