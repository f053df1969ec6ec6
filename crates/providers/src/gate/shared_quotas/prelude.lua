-- The quota of one provider, model and key, as one JSON document; the same rules as frontdesk_domain::quota.
--   m[slot]    what was taken in a slot of 5 s: r, t (requests, tokens), fr, ft (of which under way), by[tenant] = {r, t}
--   d[day]     what was taken on a day: r, t
--   rest       since, till: nothing is taken
--   told[1-4]  what the provider said: limit; left, since, till (requests and tokens a minute, the same a day)
-- All times are milliseconds since 1970. ARGV[1] is now.
local WIDTH, SLOTS, SLACK, KEEP = 5000, 12, 5000, 172800000
local now = tonumber(ARGV[1])
local raw = redis.call('GET', KEYS[1])
local state = raw and cjson.decode(raw) or { m = {}, d = {}, told = {} }

local function slot_of(time) return math.floor(time / WIDTH) end

local function is_counted(number) return math.abs(tonumber(number) - slot_of(now)) <= SLOTS end

local function holds(span) return span and span.till and now < span.till and now + SLACK >= span.since end

local function add(counts, requests, tokens)
    counts.r = math.max(counts.r + requests, 0)
    counts.t = math.max(counts.t + tokens, 0)
end

local function save() redis.call('SET', KEYS[1], cjson.encode(state), 'PX', KEEP) end
