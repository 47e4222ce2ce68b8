-- In front of every script: a full Redis refuses it as a whole and under its own name (OOM). Left to itself Redis 6.2 says
-- only "error running script". Writing nothing into a key that does not exist changes nothing.
local room = redis.pcall('SETRANGE', KEYS[1] .. ':room', 0, '')
if type(room) == 'table' and room.err then return redis.error_reply(room.err:match('%u%u+ .*') or room.err) end
