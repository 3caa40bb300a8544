-- Takes away and adds index entries of a claim, if its record has a version.
--
-- KEYS
--   1   the claim's record   string: version, number of its first event, packed JSON
--   2…  one an entry         sorted set, all scores 0
--
-- ARGV
--   1   the version; "" for no record
--   2   number of entries that go
--   3…  one an entry: its member; first those that go, then those that come, as their keys do
--
-- Returns {"ok"} or {"conflict"}.

if ARGV[1] == '' then
  if redis.call('EXISTS', KEYS[1]) == 1 then
    return {'conflict'}
  end
elseif string.match(redis.call('GETRANGE', KEYS[1], 0, 19), '^(%d+) ') ~= ARGV[1] then
  return {'conflict'}
end
for i = 2, #KEYS do
  redis.call('ZCARD', KEYS[i])
end
for i = 2, #KEYS do
  if i - 1 <= tonumber(ARGV[2]) then
    redis.call('ZREM', KEYS[i], ARGV[i + 1])
  else
    redis.call('ZADD', KEYS[i], 0, ARGV[i + 1])
  end
end
return {'ok'}
