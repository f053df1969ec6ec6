import { randomId } from './ids.js';

/**
 * What a visitor's browser keeps: by which session and in which conversation the visitor goes on after a reload.
 *
 * @typedef {{session: string, conversation: number | null}} Kept
 */

/**
 * @typedef {object} Store
 * @property {() => Kept} read what is kept; a new session, which is in memory only, where nothing is. Writes nothing
 * @property {(conversation: number | null) => void} write keeps the session with this conversation: from the first message on
 * @property {() => void} clear forgets both, in the browser and here; the next `read` makes a new session
 */

/**
 * The store of one widget, in `localStorage` under `frontdesk:` and the widget's key. Where the browser refuses (a private window, a
 * sandboxed frame, a full disk) the page's memory has to do, and a reload begins anew.
 *
 * @param {string} widgetKey
 * @param {() => Storage} [open] opens the storage; may throw
 * @returns {Store}
 */
export function createStore(widgetKey, open = () => localStorage) {
    const key = `frontdesk:${widgetKey}`;
    /** @type {Kept | null} */
    let memory = null;

    /** @param {(storage: Storage) => string | null | void} use */
    const attempt = (use) => {
        try {
            return use(open()) ?? null;
        } catch {
            return null; // refused: memory has it
        }
    };

    const read = () => (memory ??= parse(attempt((storage) => storage.getItem(key))) ?? newSession());

    return {
        read,
        write(conversation) {
            memory = { session: read().session, conversation };
            attempt((storage) => storage.setItem(key, JSON.stringify(memory)));
        },
        clear() {
            memory = null;
            attempt((storage) => storage.removeItem(key));
            memory = newSession(); // even where the browser refused to remove
        },
    };
}

/** @returns {Kept} */
function newSession() {
    return { session: randomId(), conversation: null };
}

/**
 * @param {string | null} text
 * @returns {Kept | null} null for what this store did not write
 */
function parse(text) {
    try {
        const { session, conversation } = JSON.parse(text ?? 'null') ?? {};
        if (!/^[0-9a-f]{32}$/.test(session)) {
            return null;
        }
        return { session, conversation: Number.isSafeInteger(conversation) ? conversation : null };
    } catch {
        return null;
    }
}
