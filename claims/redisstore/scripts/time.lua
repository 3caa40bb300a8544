-- Tells the time of the node that serves a key: TIME alone, which has no key, would be answered by any node.
--
-- KEYS
--   1  any key of the store
--
-- Returns seconds since 1970 and microseconds.

return redis.call('TIME')
