-- Begins to note which keys are written, for one reader.
--
-- KEYS
--   1  touched   list: nonce of the reader, then keys
--
-- ARGV
--   1  nonce of the reader
--   2  how long to note without being asked for, in milliseconds
--
-- Returns 1, or 0 while another reader has it.

local owner = redis.call('LINDEX', KEYS[1], 0)
if owner and owner ~= ARGV[1] then
  return 0
end
if not owner then
  redis.call('RPUSH', KEYS[1], ARGV[1])
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
