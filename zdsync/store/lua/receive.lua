-- ARGV: invocation id (may be empty), how long it is remembered in ms, class, account time ms, ticket ids
-- 1: new, the tickets are hinted; 0: seen before, nothing done
if ARGV[1] ~= '' and not redis.call('SET', prefix .. 'seen:' .. ARGV[1], '1', 'NX', 'PX', ARGV[2]) then return 0 end
for i = 5, #ARGV do hint(ARGV[i], ARGV[3], tonumber(ARGV[4])) end
return 1
