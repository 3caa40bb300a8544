-- Stores an account, or only where there is none at all.
--
-- KEYS
--   1  accounts   hash: ID, JSON
--   2  pause      exists while nothing may change
--
-- ARGV
--   1  ID
--   2  JSON
--   3  "1": only where there is no account; the same account again is no other
--
-- Returns {"ok"}, {"conflict"} where there is an account already, or {"paused"}.

if redis.call('EXISTS', KEYS[2]) == 1 then
  return {'paused'}
end
if ARGV[3] == '1' and redis.call('HLEN', KEYS[1]) > 0 and redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then
  return {'conflict'}
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return {'ok'}
