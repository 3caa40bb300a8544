-- Removes credentials of an account.
--
-- KEYS
--   1   credentials   sorted set of the account's hashes
--   2   pause         exists while nothing may change
--   3   touched       list; while it exists, the keys of the credentials are appended
--   4…  credentials   strings
--
-- ARGV
--   1…  their hashes, in the same order
--
-- Returns {"ok"} or {"paused"}.

if redis.call('EXISTS', KEYS[2]) == 1 then
  return {'paused'}
end
for i = 4, #KEYS do
  redis.call('DEL', KEYS[i])
  redis.call('ZREM', KEYS[1], ARGV[i - 3])
  redis.call('RPUSHX', KEYS[3], KEYS[i])
end
return {'ok'}
