-- Ends what a reader began: the note of what is written, or a pause.
--
-- KEYS
--   1  touched   list: nonce of the reader, then keys
--   2  pause     string: nonce of the reader
--
-- ARGV
--   1  nonce of the reader
--   2  "pause": end the pause alone
--
-- Returns 1 if the pause was the reader's until now, else 0.

local held = 0
if redis.call('GET', KEYS[2]) == ARGV[1] then
  redis.call('DEL', KEYS[2])
  held = 1
end
if ARGV[2] ~= 'pause' and redis.call('LINDEX', KEYS[1], 0) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return held
