-- Put in front of every script about tickets. KEYS[1] is the prefix of all our keys; the rest are built from it, so
-- one Redis serves, a Cluster does not. Account time comes in as an argument, lease time is TIME.

local prefix = KEYS[1]
local leased = prefix .. 'leased'
local CLASSES = {'p1', 'live', 'bulk'}
local RANK = {p1 = 3, live = 2, bulk = 1}
local DAY = 86400000

local function due(work) return prefix .. 'due:' .. work end
local function state(id) return prefix .. 't:' .. id end

local function redis_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function hint(id, work, at)
  redis.call('HINCRBY', state(id), 'gen', 1)
  if redis.call('ZSCORE', leased, id) then return end
  at = math.max(at, tonumber(redis.call('HGET', state(id), 'not_before') or 0))
  for _, present in ipairs(CLASSES) do
    local score = redis.call('ZSCORE', due(present), id)
    if score then
      at = math.min(at, tonumber(score))
      if RANK[present] >= RANK[work] then work = present else redis.call('ZREM', due(present), id) end
      break
    end
  end
  redis.call('ZADD', due(work), at, id)
end

-- A lease counts only for the one who holds it: the ticket is leased and under this very token.
local function holds(id, token)
  return redis.call('ZSCORE', leased, id) and redis.call('HGET', state(id), 'token') == token
end

local function put_back(id, work, at)
  redis.call('ZREM', leased, id)
  redis.call('HDEL', state(id), 'token', 'gen0', 'due')
  redis.call('ZADD', due(work), at, id)
end
