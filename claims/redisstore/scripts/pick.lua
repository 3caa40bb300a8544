-- Gives heads of indexes that no other call was given within the time of its hold, and holds them.
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
-- Returns the IDs, those of the first index first.

redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
local want, got = tonumber(ARGV[3]), {}
for i = 2, #KEYS do
  local from = '-'
  while #got < want do
    local page = redis.call('ZRANGEBYLEX', KEYS[i], from, '+', 'LIMIT', 0, 50)
    if #page == 0 then
      break
    end
    for _, member in ipairs(page) do
      local id = string.sub(member, 18)
      if #got < want and not redis.call('ZSCORE', KEYS[1], id) then
        redis.call('ZADD', KEYS[1], ARGV[2], id)
        got[#got + 1] = id
      end
    end
    from = '(' .. page[#page]
  end
end
return got
