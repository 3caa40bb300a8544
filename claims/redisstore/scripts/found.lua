-- Founds a store in an empty database, and looks whether this one may be opened.
--
-- KEYS
--   1   form      string: how the store keeps its records
--   2   epoch     string: the log's name
--   3   loading   exists while the store is being filled
--   4…  others    keys that every store has that was used
--
-- ARGV
--   1   the form that is wanted
--   2   an epoch for a new store
--   3   "1": the database was emptied under an open store, and what is there since is its own
--
-- Returns {"ok", epoch}, {"loading"} or {"form", the form that is there, "" for none}.

if redis.call('EXISTS', KEYS[3]) == 1 then
  return {'loading'}
end
local form, epoch = redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2])
local used = false
for i = 4, #KEYS do
  used = used or redis.call('EXISTS', KEYS[i]) == 1
end
if form and form ~= ARGV[1] or not form and ARGV[3] ~= '1' and (epoch or used) then
  return {'form', form or ''}
end
if not form then
  redis.call('SET', KEYS[1], ARGV[1])
end
if not epoch then
  epoch = ARGV[2]
  redis.call('SET', KEYS[2], epoch)
end
return {'ok', epoch}
