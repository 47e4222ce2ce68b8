-- ARGV: now, then for each family: name, assumed total, window ms, total, remaining, resets ms (empty: not told)
local now = tonumber(ARGV[1])
for i = 2, #ARGV, 6 do
  local window, total, remaining = tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3]), tonumber(ARGV[i + 4])
  local budget = open(ARGV[i], tonumber(ARGV[i + 1]), window, now)
  local resets = tonumber(ARGV[i + 5])
  local reset = resets and now + resets or budget.reset
  -- Within one window what is left only falls: a reply does not know of the calls that others have just been granted.
  -- (Headers count whole seconds, so the same window seems to end up to a second and a half apart.)
  local same = resets and budget.learned and not budget.fresh and tonumber(budget.learned) == total
    and reset <= budget.reset + 1500
  budget.remaining = same and math.min(budget.remaining, remaining) or remaining
  budget.total, budget.reset, budget.learned = total, reset, true
  write(ARGV[i], budget)
end
