-- Put in front of the governor's scripts. KEYS[1] is the prefix. All times are account time in ms.
-- A budget is one fixed window: `total` calls, of which `remaining` are left until `reset`.

local prefix = KEYS[1]
local KEEP = 86400000

local function key(family) return prefix .. 'budget:' .. family end

-- The window as it stands at `now`. A window that has passed is replaced by a full one; so is one that ends further away
-- than any window can, which is what remains when the account's clock was set back.
local function open(family, total, window, now)
  local known = redis.call('HMGET', key(family), 'total', 'remaining', 'reset', 'paused')
  local budget = {
    total = tonumber(known[1] or total), remaining = tonumber(known[2] or total),
    reset = tonumber(known[3] or 0), paused = tonumber(known[4] or 0), learned = known[1],
  }
  if now >= budget.reset or budget.reset > now + 2 * window then
    budget.remaining, budget.reset, budget.fresh = budget.total, now + window, true
  end
  return budget
end

local function write(family, budget)
  redis.call('HSET', key(family), 'remaining', budget.remaining, 'reset', budget.reset)
  if budget.learned then redis.call('HSET', key(family), 'total', budget.total) end
  redis.call('PEXPIRE', key(family), KEEP)
end
