-- Stores a credential, and forgets which of its account's others have ended.
--
-- KEYS
--   1  credential    string: JSON
--   2  credentials   sorted set of the account's hashes by when they are forgotten
--   3  pause         exists while nothing may change
--   4  touched       list; while it exists, the key of the credential is appended
--
-- ARGV
--   1  JSON
--   2  its hash
--   3  when it is forgotten, in milliseconds since 1970; "" for never
--   4  now, in milliseconds since 1970
--
-- Returns {"ok"} or {"paused"}.

if redis.call('EXISTS', KEYS[3]) == 1 then
  return {'paused'}
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[4])
if ARGV[3] == '' then
  redis.call('SET', KEYS[1], ARGV[1])
  redis.call('ZADD', KEYS[2], '+inf', ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[3])
  redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
end
redis.call('RPUSHX', KEYS[4], KEYS[1])
return {'ok'}
