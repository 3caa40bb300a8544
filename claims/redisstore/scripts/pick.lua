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

-- A hold is a hint for some seconds: it is written neither to the file, which would have to be synced for it, nor to replicas.
redis.set_repl(redis.REPL_NONE)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])

local want = tonumber(ARGV[3])
local sub, byte = string.sub, string.byte

-- Strings are compared by the server's locale in Lua, so members are ordered by their scores as numbers; where these are equal, or so large that they
-- are rounded, byte by byte.
local function before(a, b)
  if a.score ~= b.score then
    return a.score < b.score
  end
  for i = 1, math.min(#a.member, #b.member) do
    local x, y = byte(a.member, i), byte(b.member, i)
    if x ~= y then
      return x < y
    end
  end
  return #a.member < #b.member
end

-- show moves a queue to a member.
local function show(queue, member)
  queue.member = member
  queue.score = ((tonumber(sub(member, 1, 8), 16) or 0) - 2147483648) * 4294967296 + (tonumber(sub(member, 9, 16), 16) or 0)
end

-- Queues that have members, the one with the least member first.
local queues = {}

local function place(queue)
  local low, high = 1, #queues + 1
  while low < high do
    local middle = math.floor((low + high) / 2)
    if before(queue, queues[middle]) then
      high = middle
    else
      low = middle + 1
    end
  end
  table.insert(queues, low, queue)
end

-- Most indexes of a queue have no members: they are passed over for the price of one question, and those behind the last that has some for none.
-- Few members of each are read at first, because most are not even looked at, then twice as many each time. Ranks are places: nothing moves while a
-- script runs.
local few, most = math.min(want + 3, 128), 128
local left = redis.call('EXISTS', unpack(KEYS, 2))
for i = 2, #KEYS do
  if left == 0 then
    break
  end
  if redis.call('EXISTS', KEYS[i]) == 1 then
    left = left - 1
    local queue = {key = KEYS[i], page = redis.call('ZRANGE', KEYS[i], 0, few - 1), from = 0, size = few}
    show(queue, queue.page[1])
    place(queue)
  end
end

-- advance moves a queue to its next member that nobody holds, and reports whether there is one. Holds are looked up for a page at once, when the
-- first of its members is the least of all.
local function advance(queue)
  while true do
    if not queue.ids then
      local ids = {}
      for i, member in ipairs(queue.page) do
        ids[i] = sub(member, 18)
      end
      queue.ids, queue.held, queue.at = ids, redis.call('ZMSCORE', KEYS[1], unpack(ids)), 0
    end
    for i = queue.at + 1, #queue.ids do
      if not queue.held[i] then
        queue.at = i
        show(queue, queue.page[i])
        return true
      end
    end
    if #queue.page < queue.size then
      return false
    end
    queue.from, queue.size, queue.ids = queue.from + queue.size, math.min(2 * queue.size, most), nil
    queue.page = redis.call('ZRANGE', queue.key, queue.from, queue.from + queue.size - 1)
    if #queue.page == 0 then
      return false
    end
  end
end

local got, seen, holds = {}, {}, {}
while #got < want and #queues > 0 do
  local queue = table.remove(queues, 1)
  local id = queue.ids and queue.ids[queue.at]
  if id and not seen[id] then
    got[#got + 1], seen[id] = id, true
    holds[#holds + 1] = ARGV[2]
    holds[#holds + 1] = id
  end
  if advance(queue) then
    place(queue)
  end
end
for i = 1, #holds, 1000 do
  redis.call('ZADD', KEYS[1], unpack(holds, i, math.min(i + 999, #holds)))
end
return got
