-- Commits one change, wholly or not at all. It looks at everything before it writes anything, because Redis does not undo what a failing
-- script has written: versions and once keys by their values, every other key by a read that fails where its type is wrong.
--
-- KEYS
--   1   head of the log   string: number and link of its last event, a space between
--   2   log               stream with the ids <number>-0, fields "e" (an event's JSON) and "l" (its link)
--   3   pause             exists while nothing may change
--   4   touched           list; while it exists, the keys of what is written are appended
--   5…  one a once key    string: nonce (16 characters), value
--   …   one a claim       string: version, number of its first event (0: in its history), packed JSON, spaces between
--   …   one a submission  string: version, packed JSON, a space between
--   …   one an event      list: numbers of the events of its claim; none for an event that is the first of a claim
--   …   one an entry      sorted set, all scores 0: members that order as bytes
--
-- ARGV
--   1   nonce of the call, 16 characters: tells the same call sent again from another one under the same once keys
--   2   "1": replicas are waited for, so that what is known already must be written again for them
--   3   number of once keys
--   4   number of claims
--   5   number of submissions
--   6   number of events
--   7   number of index entries that go
--   8   number of index entries that come
--   9…  two a once key: how long to keep it, in milliseconds, and the value to keep under it
--   …   three a claim: the version that must be stored now ("" for none), the new one, the packed JSON
--   …   two a submission: the version that must be stored now ("" for none), and all that is to be stored
--   …   two an event: which of the claims it is the first event of (0: of none), and its JSON, without the number
--   …   one an entry: its member; first those that go, then those that come, as their keys do
--
-- Returns
--   {"ok"}                   the change is made, now or by the same call before
--   {"done", which, value}   this once key is known, counted from 1, with this value
--   {"conflict"}             a version is not the one that the change was made from
--   {"paused"}               nothing may change now
--   an error                 nothing was written

local call = redis.call
local nonce = ARGV[1]
local onces, claims, submissions = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local events, gone, come = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local records = claims + submissions
local onceKeys, recordKeys = 4, 4 + onces
local eventKeys = recordKeys + records
local entryKeys = #KEYS - gone - come
local onceArgs, claimArgs = 8, 8 + 2 * onces
local submissionArgs = claimArgs + 3 * claims
local eventArgs = submissionArgs + 2 * submissions
local entryArgs = eventArgs + 2 * events

-- inParts calls a command with many arguments: Lua passes on some thousands at most.
local function inParts(command, args)
  local last, count = #args, 0
  for i = 1, last, 1000 do
    local answer = call(command, unpack(args, i, math.min(i + 999, last)))
    count = count + (tonumber(answer) or 0)
  end
  return count
end

-- expected is the version of a record that must be stored now.
local function expected(i)
  if i <= claims then
    return ARGV[claimArgs + 3 * i - 2]
  end
  return ARGV[submissionArgs + 2 * (i - claims) - 1]
end

-- What mostly is not there is asked for at once: the pause, the note of what is written, known once keys, and new records.
local rare = {KEYS[3], KEYS[4]}
for i = 1, onces do
  rare[#rare + 1] = KEYS[onceKeys + i]
end
for i = 1, records do
  if expected(i) == '' then
    rare[#rare + 1] = KEYS[recordKeys + i]
  end
end
local recording = false
if inParts('EXISTS', rare) > 0 then
  for i = 1, onces do
    local known = call('GET', KEYS[onceKeys + i])
    if known then
      if ARGV[2] == '1' then
        call('SET', KEYS[onceKeys + i], known, 'KEEPTTL')
      end
      if string.sub(known, 1, 16) == nonce then
        return {'ok'}
      end
      return {'done', tostring(i), string.sub(known, 17)}
    end
  end
  if call('EXISTS', KEYS[3]) == 1 then
    return {'paused'}
  end
  for i = 1, records do
    if expected(i) == '' and call('EXISTS', KEYS[recordKeys + i]) == 1 then
      return {'conflict'}
    end
  end
  recording = call('LLEN', KEYS[4]) > 0
end

local first = {}
for i = 1, records do
  local key, version = KEYS[recordKeys + i], expected(i)
  if version == '' then
    first[i] = '0'
  elseif i <= claims then
    local stored, number = string.match(call('GETRANGE', key, 0, 39), '^(%d+) (%d+) ')
    if stored ~= version then
      return {'conflict'}
    end
    first[i] = number
  elseif string.match(call('GETRANGE', key, 0, 19), '^(%d+) ') ~= version then
    return {'conflict'}
  end
end
local head, link = 0, ''
local last = call('GET', KEYS[1])
if last then
  local number, before = string.match(last, '^(%d+) (.*)$')
  if not number then
    return redis.error_reply('ERR the head of the log is not a number and a link')
  end
  head, link = tonumber(number), before
end
for i = eventKeys + 1, entryKeys do
  call('LLEN', KEYS[i])
end
for i = entryKeys + 1, #KEYS do
  if KEYS[i] ~= KEYS[i - 1] then
    call('ZCARD', KEYS[i])
  end
end

-- The log goes first: it is the one write that may still fail, where its last id is past the head.
local history = eventKeys
for i = 1, events do
  local number, of, event = string.format('%.0f', head + i), tonumber(ARGV[eventArgs + 2 * i - 1]), ARGV[eventArgs + 2 * i]
  link = redis.sha1hex(link .. number .. ':' .. event)
  call('XADD', KEYS[2], number .. '-0', 'e', event, 'l', link)
  if of > 0 then
    first[of] = number
  else
    history = history + 1
    call('RPUSH', KEYS[history], number)
  end
end
local set = {KEYS[1], string.format('%.0f', head + events) .. ' ' .. link}
for i = 1, records do
  set[#set + 1] = KEYS[recordKeys + i]
  if i <= claims then
    set[#set + 1] = ARGV[claimArgs + 3 * i - 1] .. ' ' .. first[i] .. ' ' .. ARGV[claimArgs + 3 * i]
  else
    set[#set + 1] = ARGV[submissionArgs + 2 * (i - claims)]
  end
end
inParts('MSET', set)
for i = 1, onces do
  call('SET', KEYS[onceKeys + i], nonce .. ARGV[onceArgs + 2 * i], 'PX', ARGV[onceArgs + 2 * i - 1])
end
for i = 1, gone do
  call('ZREM', KEYS[entryKeys + i], ARGV[entryArgs + i])
end
for i = gone + 1, gone + come do
  call('ZADD', KEYS[entryKeys + i], 0, ARGV[entryArgs + i])
end
if recording then
  for i = 1, onces + records do
    call('RPUSH', KEYS[4], KEYS[onceKeys + i])
  end
end
return {'ok'}
