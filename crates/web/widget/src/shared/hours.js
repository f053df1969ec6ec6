/** Spans of one day in minutes since its midnight, `[open, close]`; one that ends before it begins goes on into the next day. */
/** @typedef {[number, number][]} Spans */

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const CLOSED = /^(closed?|off|none|-|)$/i;
/** Minutes. */
const NOON = 12 * 60;
const TIME = /^(\d{1,2})(?:[:.h](\d{2}))?(?::\d{2})? ?h? ?(?:([ap])\.?m\.?)?$/i;

/**
 * Whether a business is open. Its hours are whatever JSON it has stored: days by their English names, in full or cut, or `mon-fri`; for
 * each nothing, `"closed"`, `"09:00-17:00"`, `"9:00 AM - 5:00 PM"`, `{open, close}`, `{start, end}`, `{from, to}`, or a list of such.
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
    return all(text.split(',').map((part) => {
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
    if (day.closed === true || day.enabled === false) {
        return [];
    }
    const from = day.open ?? day.start ?? day.from;
    const to = day.close ?? day.end ?? day.to;
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
    // "1 - 5 PM": which half of the day the first is in, people guess.
    return !start || !end || start.half !== end.half || start.minute === end.minute ? null : [[start.minute, end.minute]];
}

/**
 * @param {unknown} value `9`, `"9:00"`, `"09.00"`, `"9 AM"`
 * @returns {{minute: number, half: boolean} | null} minutes since midnight, and whether the half of the day was said
 */
function readTime(value) {
    const [, hours, minutes = '0', half] = TIME.exec(String(value).trim()) ?? [];
    const hour = half ? (Number(hours) % 12) + (/p/i.test(half) ? 12 : 0) : Number(hours);
    const minute = hour * 60 + Number(minutes);
    const right = Number(minutes) < 60 && minute <= 2 * NOON && !(half && (Number(hours) < 1 || Number(hours) > 12));
    return right ? { minute, half: !!half } : null;
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
