-- Gives what is kept under a once key, and writes it again so that replicas can be waited for: whoever is told that something was done must be able to
-- rely on it.
--
-- KEYS
--   1  once key   string: nonce (16 characters), value
--
-- Returns {"done", value} or {"none"}.

local known = redis.call('GET', KEYS[1])
if not known then
  return {'none'}
end
redis.call('SET', KEYS[1], known, 'KEEPTTL')
return {'done', string.sub(known, 17)}
