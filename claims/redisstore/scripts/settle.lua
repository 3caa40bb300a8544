-- Moves the number of a claim's first event from its history to its record, where it takes less room.
--
-- KEYS
--   1  the claim's record   string: version, 0, packed JSON
--   2  history              list: numbers of events
--
-- Returns 1 if it was moved, else 0.

local version = string.match(redis.call('GETRANGE', KEYS[1], 0, 39), '^(%d+) 0 ')
local first = redis.call('LINDEX', KEYS[2], 0)
if not version or not first then
  return 0
end
local data = redis.call('GETRANGE', KEYS[1], #version + 3, -1)
redis.call('SET', KEYS[1], version .. ' ' .. first .. ' ' .. data)
redis.call('LPOP', KEYS[2])
return 1
