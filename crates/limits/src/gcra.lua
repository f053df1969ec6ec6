-- GCRA for several keys in their order, up to the first that is refused.
-- KEYS[i] holds the time at which everything is free again. All times are microseconds since 1970.
-- ARGV: now, then for each key: the interval after which one more is free, and how many are at once.
-- Answers {number of the refused key or 0, time to wait, what remains of each key before it}.
local SLACK = 60000000 -- by which the clocks of two processes may differ
local now = tonumber(ARGV[1])
local answer = { 0, 0 }
for number, key in ipairs(KEYS) do
    local interval, most = tonumber(ARGV[2 * number]), tonumber(ARGV[2 * number + 1])
    local tolerance = interval * (most - 1)
    local free = tonumber(redis.call('GET', key) or now)
    -- No use leads so far ahead: it was counted by a clock that has been set back, or for a longer window.
    if free > now + tolerance + interval + SLACK then free = now end
    if now < free - tolerance then
        answer[1], answer[2] = number, free - tolerance - now
        return answer
    end
    free = math.max(free, now) + interval
    redis.call('SET', key, string.format('%.0f', free), 'PX', math.ceil((free - now + SLACK) / 1000))
    answer[#answer + 1] = math.floor((now + tolerance + interval - free) / interval)
end
return answer
