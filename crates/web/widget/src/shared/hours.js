/** Spans of one day in minutes since its midnight, `[open, close]`; one that ends before it begins goes on into the next day. */
/** @typedef {[number, number][]} Spans */

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const CLOSED = /^(closed?|off|none|-|)$/i;
const ALL_DAY = /^(open )?24 ?(h|hours?|\/7)$/i;
/** Minutes. */
const NOON = 12 * 60;
const TIME = /^(\d{1,2})(?:[:.h](\d{2}))?(?::\d{2})? ?h? ?(?:([ap])\.?m\.?)?$/i;

/**
 * Whether a business is open. Its hours are whatever JSON it has stored: days by their English names, in full or cut, or `mon-fri`; for
 * each nothing, `"closed"`, `"09:00-17:00"`, `"9:00 AM - 5:00 PM"`, `{open, close}`, `{start, end}`, or a list of such.
 *
 * @param {unknown} businessHours
 * @param {string | null | undefined} timezone an IANA name, of the hours
 * @param {Date} now
 * @returns {boolean | null} null where nobody can say: the hours of the day or the zone cannot be read
 */
export function isOpen(businessHours, timezone, now) {
    const week = readWeek(businessHours);
    const local = timezone ? localTime(timezone, now) : null;
    if (!week || !local) {
        return null;
    }
    const { day, minute } = local;
    const today = week[day];
    const yesterday = week[(day + 6) % 7];
    const open =
        today?.some(([from, to]) => from <= minute && (minute < to || to < from)) ||
        yesterday?.some(([from, to]) => to < from && minute < to);
    return open || (today && yesterday ? false : null);
}

/**
 * @param {string} timezone
 * @param {Date} now
 * @returns {{day: number, minute: number} | null} the weekday, 0 for Sunday, and the minutes since midnight
 */
function localTime(timezone, now) {
    try {
        /** @type {Intl.DateTimeFormatOptions} */
        const options = { timeZone: timezone, weekday: 'long', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
        const parts = new Intl.DateTimeFormat('en-US', options).formatToParts(now);
        const [weekday, hour, minute] = ['weekday', 'hour', 'minute'].map((type) => parts.find((part) => part.type === type)?.value ?? '');
        return { day: DAYS.indexOf(weekday.toLowerCase()), minute: Number(hour) * 60 + Number(minute) };
    } catch {
        return null; // no such zone
    }
}

/**
 * @param {unknown} hours
 * @returns {(Spans | null)[] | null} by weekday; a day that is not named is closed if another is, null is a day that cannot be read
 */
function readWeek(hours) {
    if (!isRecord(hours) || hours.enabled === false) {
        return null;
    }
    /** @type {(Spans | null)[]} */
    const week = DAYS.map(() => []);
    let named = false;
    for (const [key, value] of Object.entries(hours)) {
        const days = readDays(key);
        const spans = readDay(value);
        if (!days && spans?.length) {
            return null; // hours of who knows which day
        }
        for (const day of days ?? []) {
            week[day] = spans;
            named = true;
        }
    }
    return named ? week : null;
}

/**
 * @param {string} key `mon`, `Monday`, `mon-fri`
 * @returns {number[] | null} weekdays
 */
function readDays(key) {
    const [first, last = first, ...rest] = key.split(/[-–]/).map(dayOf);
    if (first < 0 || last < 0 || rest.length) {
        return null;
    }
    return Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, index) => (first + index) % 7);
}

/** @param {string} name */
function dayOf(name) {
    const cut = name.trim().toLowerCase();
    return cut.length < 3 ? -1 : DAYS.findIndex((day) => day.startsWith(cut));
}

/**
 * @param {unknown} value of one day
 * @returns {Spans | null}
 */
function readDay(value) {
    if (value === null || value === false) {
        return [];
    }
    if (typeof value === 'string') {
        return readText(value.trim());
    }
    if (Array.isArray(value)) {
        return readList(value);
    }
    return isRecord(value) ? readRecord(value) : null;
}

/**
 * @param {string} text
 * @returns {Spans | null}
 */
function readText(text) {
    if (CLOSED.test(text)) {
        return [];
    }
    if (ALL_DAY.test(text)) {
        return [[0, 2 * NOON]];
    }
    return all(text.split(/[,;&]/).map((part) => {
        const [from, to, ...rest] = part.split(/[-–—]|\bto\b/);
        return rest.length ? null : readSpan(from, to);
    }));
}

/**
 * @param {unknown[]} list of spans in any form, or an opening and a closing time
 * @returns {Spans | null}
 */
function readList(list) {
    const span = list.length === 2 ? readSpan(list[0], list[1]) : null;
    return span ?? all(list.map(readDay));
}

/**
 * @param {Record<string, unknown>} day
 * @returns {Spans | null}
 */
function readRecord(day) {
    const isClosed = [day.closed, day.isClosed, day.is_closed].includes(true);
    const isOff = [day.enabled, day.isOpen, day.is_open, day.open].includes(false);
    if (isClosed || isOff) {
        return [];
    }
    const list = day.hours ?? day.slots ?? day.periods;
    if (Array.isArray(list)) {
        return readList(list);
    }
    const from = day.start ?? day.from ?? day.open;
    const to = day.end ?? day.to ?? day.close;
    return !from && !to && ('open' in day || 'start' in day) ? [] : readSpan(from, to);
}

/**
 * @param {unknown} from
 * @param {unknown} to
 * @returns {Spans | null} one span; null for what is no time, and for times that are the same, which some mean as all day, some as closed
 */
function readSpan(from, to) {
    const start = readTime(from);
    const end = readTime(to);
    if (!start || !end) {
        return null;
    }
    /** @type {number | undefined} */
    let opens = minutes(start, start.half);
    /** @type {number | undefined} */
    let closes = minutes(end, end.half);
    // "1 - 5 PM", "9 AM - 5": the half of the day that is not said is the one that makes it a span within a day.
    if (end.half && !start.half) {
        const latest = closes;
        opens = [minutes(start, end.half), opens].find((minute) => minute < latest);
    } else if (start.half && !end.half) {
        const earliest = opens;
        closes = [closes, closes + NOON].find((minute) => minute > earliest);
    }
    return opens === undefined || closes === undefined || opens === closes ? null : [[opens, closes]];
}

/** @typedef {{hour: number, minute: number, half: string}} Time */

/**
 * @param {unknown} value `9`, `"9:00"`, `"09.00"`, `"9 AM"`
 * @returns {Time | null} `half` is `a`, `p` or, where it is not said, empty
 */
function readTime(value) {
    const found = typeof value === 'string' || typeof value === 'number' ? TIME.exec(String(value).trim()) : null;
    if (!found) {
        return null;
    }
    const [hour, minute, half] = [Number(found[1]), Number(found[2] ?? 0), (found[3] ?? '').toLowerCase()];
    const inHalf = !half || (hour >= 1 && hour <= 12);
    return minute < 60 && hour * 60 + minute <= 2 * NOON && inHalf ? { hour, minute, half } : null;
}

/**
 * @param {Time} time
 * @param {string} half
 * @returns {number} minutes since midnight
 */
function minutes({ hour, minute }, half) {
    const hours = half && hour <= 12 ? hour % 12 : hour;
    return hours * 60 + minute + (half === 'p' && hour <= 12 ? NOON : 0);
}

/**
 * @param {(Spans | null)[]} list
 * @returns {Spans | null} all spans; null if one could not be read
 */
function all(list) {
    return list.includes(null) ? null : list.flatMap((spans) => spans ?? []);
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isRecord(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}
