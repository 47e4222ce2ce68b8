-- ARGV: now, then for each family: name, assumed total, window ms, the share of the total that stays unused
-- Empty: granted, one call taken from each. Else {family, until ms} of the one that is free last, and nothing is taken.
local now = tonumber(ARGV[1])
local budgets, blocking, free_at = {}, nil, 0
for i = 2, #ARGV, 4 do
  local budget = open(ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), now)
  local at = budget.paused > now and budget.paused or 0
  if budget.remaining - math.floor(budget.total * tonumber(ARGV[i + 3])) < 1 then at = math.max(at, budget.reset) end
  if at > free_at then blocking, free_at = ARGV[i], at end
  budgets[ARGV[i]] = budget
end
if blocking then return {blocking, free_at} end
for family, budget in pairs(budgets) do
  budget.remaining = budget.remaining - 1
  write(family, budget)
end
return {}
