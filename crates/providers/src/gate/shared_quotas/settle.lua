-- ARGV: now, when it was taken, tenant, day, estimate, spent (0 unknown, 1 tokens, 2 nothing), tokens,
--       until when to rest (-1: not), then for each report: quota, limit (-1: not told), remaining (-1), until.
local at, tenant, day, estimate = tonumber(ARGV[2]), ARGV[3], ARGV[4], tonumber(ARGV[5])
local spent, actual, rest = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])

local slot = state.m[tostring(slot_of(at))]
if slot then
    slot.fr, slot.ft = math.max(slot.fr - 1, 0), math.max(slot.ft - estimate, 0)
end
if spent ~= 0 then
    local unmade = spent == 2 and 1 or 0
    if unmade == 1 then actual = 0 end
    local function settle(counts)
        add(counts, -unmade, -estimate)
        add(counts, 0, actual)
    end
    if slot then
        settle(slot)
        local own = slot.by[tenant] or { r = 0, t = 0 }
        settle(own)
        slot.by[tenant] = own.r > 0 and own or nil
    end
    state.d[day] = state.d[day] or { r = 0, t = 0 }
    settle(state.d[day])
    for quota, told in pairs(state.told) do
        if told.left then told.left = told.left + (tonumber(quota) % 2 == 1 and unmade or estimate - actual) end
    end
end

local under_way = { 0, 0 }
for number, other in pairs(state.m) do
    if is_counted(number) then
        under_way[1], under_way[2] = under_way[1] + other.fr, under_way[2] + other.ft
    end
end
for first = 9, #ARGV, 4 do
    local quota, limit = ARGV[first], tonumber(ARGV[first + 1])
    local remaining, till = tonumber(ARGV[first + 2]), tonumber(ARGV[first + 3])
    local told = state.told[quota] or {}
    state.told[quota] = told
    if limit > 0 then told.limit = limit end
    if remaining >= 0 then
        told.left = remaining - under_way[(tonumber(quota) - 1) % 2 + 1]
        told.since, told.till = now, till
    end
end
if rest >= 0 then
    if holds(state.rest) then rest = math.max(rest, state.rest.till) end
    state.rest = { since = now, till = rest }
end
save()
return 1
