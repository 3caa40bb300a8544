-- Gives a credential and removes it, to one caller. That caller may ask again for a while, because the first reply may have been lost.
--
-- KEYS
--   1  credential   string: JSON
--   2  taken        string: nonce (16 characters), JSON
--   3  pause        exists while nothing may change
--   4  touched      list; while it exists, the key of the credential is appended
--
-- ARGV
--   1  nonce of the call, 16 characters
--   2  how long the same call may ask again, in milliseconds
--
-- Returns {"ok", JSON}, {"none"} or {"paused"}.

if redis.call('EXISTS', KEYS[3]) == 1 then
  return {'paused'}
end
local kept = redis.call('GET', KEYS[1])
if kept then
  redis.call('SET', KEYS[2], ARGV[1] .. kept, 'PX', ARGV[2])
  redis.call('DEL', KEYS[1])
  redis.call('RPUSHX', KEYS[4], KEYS[1])
  return {'ok', kept}
end
local taken = redis.call('GET', KEYS[2])
if taken and string.sub(taken, 1, 16) == ARGV[1] then
  redis.call('SET', KEYS[2], taken, 'KEEPTTL') -- so that replicas are waited for
  return {'ok', string.sub(taken, 17)}
end
return {'none'}
