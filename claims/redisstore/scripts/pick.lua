-- Gives heads of indexes together, in their order, that no other call was given within the time of its hold, and holds them.
--
-- KEYS
--   1   holds     sorted set: ID, scored by the end of its hold in milliseconds
--   2…  indexes   sorted sets, all scores 0: members are 16 hexadecimal digits, ":" and an ID
--
-- ARGV
--   1   now, in milliseconds
--   2   the end of the new holds, in milliseconds
--   3   how many to give at most
--
-- Returns the IDs.

redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])

-- Strings are compared by the server's locale in Lua, so members are ordered by their two halves as numbers, and equal scores byte by byte.
local function before(a, b)
  if a.high ~= b.high then
    return a.high < b.high
  elseif a.low ~= b.low then
    return a.low < b.low
  end
  for i = 18, math.min(#a.member, #b.member) do
    local x, y = string.byte(a.member, i), string.byte(b.member, i)
    if x ~= y then
      return x < y
    end
  end
  return #a.member < #b.member
end

local function read(queue)
  queue.page = redis.call('ZRANGEBYLEX', queue.key, queue.from, '+', 'LIMIT', 0, queue.size)
  queue.size, queue.at = 32, 0
end

-- advance moves a queue to its next member, and reports whether there is one.
local function advance(queue)
  queue.at = queue.at + 1
  if queue.at > #queue.page then
    if #queue.page == 0 then
      return false
    end
    queue.from = '(' .. queue.page[#queue.page]
    read(queue)
    queue.at = 1
  end
  queue.member = queue.page[queue.at]
  if queue.member then
    queue.high = tonumber(string.sub(queue.member, 1, 8), 16) or 0
    queue.low = tonumber(string.sub(queue.member, 9, 16), 16) or 0
  end
  return queue.member ~= nil
end

local queues = {}
for i = 2, #KEYS do
  local queue = {key = KEYS[i], from = '-', size = 4}
  read(queue)
  if advance(queue) then
    queues[#queues + 1] = queue
  end
end

local want, got = tonumber(ARGV[3]), {}
while #got < want and #queues > 0 do
  local least = 1
  for i = 2, #queues do
    if before(queues[i], queues[least]) then
      least = i
    end
  end
  local id = string.sub(queues[least].member, 18)
  if not redis.call('ZSCORE', KEYS[1], id) then
    redis.call('ZADD', KEYS[1], ARGV[2], id)
    got[#got + 1] = id
  end
  if not advance(queues[least]) then
    table.remove(queues, least)
  end
end
return got
