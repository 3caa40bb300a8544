-- Commits one change, wholly or not at all. It looks at everything before it writes anything, because Redis does not undo what a failing
-- script has written: versions and the once key by their values, every other key by a read that fails where its type is wrong.
--
-- KEYS
--   1   once key             string: nonce (16 characters), value
--   2   head of the log      string: the number of its last event
--   3   log                  stream with the ids <number>-0, field "e": an event's JSON
--   4…  one a record         hash: v (version), d (JSON)
--   …   one an event         list: numbers of the events of its claim
--   …   one an entry         sorted set, all scores 0: members that order as bytes
--
-- ARGV
--   1   nonce of the call, 16 characters: tells the same call sent again from another one under the same once key
--   2   value to keep under the once key
--   3   how long to keep it, in milliseconds
--   4   number of records
--   5   number of events
--   6   number of index entries that go
--   7   number of index entries that come
--   8…  three a record: the version that must be stored now ("" for none), the new one, the JSON
--   …   one an event: its JSON, without the number
--   …   one an entry: its member; first those that go, then those that come, as their keys do
--
-- Returns
--   {"ok"}           the change is made, now or by the same call before
--   {"done", value}  the once key is known, with this value
--   {"conflict"}     a version is not the one that the change was made from
--   an error         nothing was written

local known = redis.call('GET', KEYS[1])
if known then
  if string.sub(known, 1, 16) == ARGV[1] then
    return {'ok'}
  end
  return {'done', string.sub(known, 17)}
end

local records, events, gone, come = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local eventKeys, entryKeys = 3 + records, 3 + records + events
local eventArgs, entryArgs = 7 + 3 * records, 7 + 3 * records + events

for i = 1, records do
  local key, expected = KEYS[3 + i], ARGV[5 + 3 * i]
  if expected == '' then
    if redis.call('EXISTS', key) == 1 then
      return {'conflict'}
    end
  elseif redis.call('HGET', key, 'v') ~= expected then
    return {'conflict'}
  end
end
local head = tonumber(redis.call('GET', KEYS[2]) or '0')
if not head then
  return redis.error_reply('ERR the head of the log is not a number')
end
for i = 1, events do
  redis.call('LLEN', KEYS[eventKeys + i])
end
for i = 1, gone + come do
  redis.call('ZCARD', KEYS[entryKeys + i])
end

-- The log goes first: it is the one write that may still fail, where its last id is past the head.
for i = 1, events do
  local number = string.format('%.0f', head + i)
  redis.call('XADD', KEYS[3], number .. '-0', 'e', ARGV[eventArgs + i])
  redis.call('RPUSH', KEYS[eventKeys + i], number)
end
if events > 0 then
  redis.call('SET', KEYS[2], string.format('%.0f', head + events))
end
redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2], 'PX', ARGV[3])
for i = 1, records do
  redis.call('HSET', KEYS[3 + i], 'v', ARGV[6 + 3 * i], 'd', ARGV[7 + 3 * i])
end
for i = 1, gone do
  redis.call('ZREM', KEYS[entryKeys + i], ARGV[entryArgs + i])
end
for i = gone + 1, gone + come do
  redis.call('ZADD', KEYS[entryKeys + i], 0, ARGV[entryArgs + i])
end
return {'ok'}
