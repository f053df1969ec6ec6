-- ARGV: now, tokens, tenant, day, end of the day, share in percent,
--       then for each of the four quotas: set (-1: not), assumed (0: none).
-- Answers {granted, why, quota, until (-1: never)}; why is 1 reached, 2 share, 3 too large, 4 rests.
local tokens, tenant, day = tonumber(ARGV[2]), ARGV[3], ARGV[4]
local day_end, share = tonumber(ARGV[5]), tonumber(ARGV[6])
local REACHED, SHARE, LARGE, RESTS = 1, 2, 3, 4

if holds(state.rest) then return { 0, RESTS, 0, state.rest.till } end

local used, mine = { 0, 0, 0, 0 }, { 0, 0 }
local slots, first_mine = {}, nil
for number, slot in pairs(state.m) do
    if is_counted(number) then
        used[1], used[2] = used[1] + slot.r, used[2] + slot.t
        slots[#slots + 1] = { number = tonumber(number), slot.r, slot.t }
        local own = slot.by[tenant]
        if own then
            mine[1], mine[2] = mine[1] + own.r, mine[2] + own.t
            first_mine = math.min(first_mine or tonumber(number), tonumber(number))
        end
    end
end
local today = state.d[day] or { r = 0, t = 0 }
used[3], used[4] = today.r, today.t
table.sort(slots, function(a, b) return a.number < b.number end)

local function ends(number) return (number + SLOTS + 1) * WIDTH end

-- When `missing` of what counts now no longer does.
local function freed(measure, missing)
    local sum = 0
    for _, slot in ipairs(slots) do
        sum = sum + slot[measure]
        if sum >= missing then return ends(slot.number) end
    end
    return now
end

for quota = 1, 4 do
    local set, assumed = tonumber(ARGV[5 + 2 * quota]), tonumber(ARGV[6 + 2 * quota])
    if set ~= 0 then
        local measure = (quota - 1) % 2 + 1
        local amount = measure == 1 and 1 or tokens
        local told = state.told[tostring(quota)] or {}
        local chosen, limit = set > 0, told.limit
        if chosen then
            limit = math.min(set, limit or set)
        elseif not limit and assumed > 0 then
            limit = assumed
        end
        if limit and amount > limit then return { 0, LARGE, quota, -1 } end
        local own, left = limit and math.max(limit - used[quota], 0), nil
        if told.left and holds(told) then left = math.max(told.left, 0) end
        local free, till = own, nil
        if left and (not own or not chosen or left <= own) then free, till = left, told.till end
        if free then
            if amount > free then
                till = till or (quota <= 2 and freed(measure, amount - free)) or day_end
                return { 0, REACHED, quota, till }
            end
            local is_newcomer = mine[1] == 0
            if quota <= 2 and share < 100 and not is_newcomer
                and (mine[measure] + amount) * (100 - share) > free * share then
                return { 0, SHARE, quota, ends(first_mine) }
            end
        end
    end
end

for number in pairs(state.m) do
    if not is_counted(number) then state.m[number] = nil end
end
local key = tostring(slot_of(now))
local slot = state.m[key] or { r = 0, t = 0, fr = 0, ft = 0, by = {} }
state.m[key] = slot
add(slot, 1, tokens)
slot.fr, slot.ft = slot.fr + 1, slot.ft + tokens
slot.by[tenant] = slot.by[tenant] or { r = 0, t = 0 }
add(slot.by[tenant], 1, tokens)
for known in pairs(state.d) do
    if math.abs(tonumber(known) - tonumber(day)) > 1 then state.d[known] = nil end
end
state.d[day] = today
add(today, 1, tokens)
for quota, told in pairs(state.told) do
    if told.left then told.left = told.left - (tonumber(quota) % 2 == 1 and 1 or tokens) end
end
save()
return { 1, 0, 0, 0 }
