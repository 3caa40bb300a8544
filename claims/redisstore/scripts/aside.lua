-- Moves a record that a reader could not read to where such records are kept, if it is still what the reader saw.
--
-- KEYS
--   1  the record   string; or of any other type, where it should be a string
--   2  damaged      hash: name, bytes
--   3  its place    where a key of another type goes
--   4  history      list: numbers of events; gets the number that a claim's record has of its first event
--
-- ARGV
--   1  its name
--   2  what the reader saw
--   3  the type that the key should have, where the reader saw that it is of another: "string", "zset"; else ""
--
-- Returns 1 if it was moved, 0 if it is no more what the reader saw.

if ARGV[3] ~= '' then
  local type = redis.call('TYPE', KEYS[1]).ok
  if type == ARGV[3] or type == 'none' then
    return 0
  end
  redis.call('RENAME', KEYS[1], KEYS[3])
  redis.call('HSET', KEYS[2], ARGV[1], '')
  return 1
end
if redis.call('TYPE', KEYS[1]).ok ~= 'string' or redis.call('GET', KEYS[1]) ~= ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('DEL', KEYS[1])
local first = string.match(string.sub(ARGV[2], 1, 40), '^%d+ (%d+) ')
if first and first ~= '0' then
  redis.call('LPUSH', KEYS[4], first)
end
return 1
