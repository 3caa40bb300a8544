-- Appends events to the log of a store that is being filled. Those that it has are passed over, so that the same call may come again.
--
-- KEYS
--   1   head      string: number and link of the last event
--   2   log       stream, fields "e" (JSON) and "l" (link)
--   3…  history   one an event, list: numbers of the events of its claim
--
-- ARGV
--   1…  four an event: number, link, JSON, and "1" if it belongs to a history
--
-- Returns the number of the last event.

local head = tonumber(string.match(redis.call('GET', KEYS[1]) or '0 ', '^(%d+) '))
for i = 1, #KEYS - 2 do
  local number, link, event = ARGV[4 * i - 3], ARGV[4 * i - 2], ARGV[4 * i - 1]
  if tonumber(number) > head then
    redis.call('XADD', KEYS[2], number .. '-0', 'e', event, 'l', link)
    if ARGV[4 * i] == '1' then
      redis.call('RPUSH', KEYS[2 + i], number)
    end
    head = tonumber(number)
    redis.call('SET', KEYS[1], number .. ' ' .. link)
  end
end
return head
