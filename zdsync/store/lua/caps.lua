-- KEYS: counters, ARGV: how long they are kept in ms, then the limit of each
-- 0: all counted up by one. Else the place of the first counter that is at its limit, and nothing is counted.
for i, counter in ipairs(KEYS) do
  if tonumber(redis.call('GET', counter) or 0) >= tonumber(ARGV[i + 1]) then return i end
end
for _, counter in ipairs(KEYS) do
  redis.call('INCR', counter)
  redis.call('PEXPIRE', counter, ARGV[1])
end
return 0
