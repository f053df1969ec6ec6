import { randomId } from './ids.js';

/**
 * What a visitor's browser keeps: by which session and in which conversation the visitor goes on after a reload, and whether the
 * visitor was asked for contact details in it.
 *
 * @typedef {{session: string, conversation: number | null, lead?: boolean}} Kept `lead`: contact details were asked for; never twice
 */

/**
 * @typedef {object} Store
 * @property {() => Kept} read what is kept; a new session, which is in memory only, where nothing is. Writes nothing
 * @property {(conversation: number | null) => void} write keeps the session with this conversation: from the first message on
 * @property {() => void} askedForLead keeps that, with a conversation that is kept
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

    /** @param {Kept} kept */
    const save = (kept) => {
        memory = kept;
        attempt((storage) => storage.setItem(key, JSON.stringify(kept)));
    };

    return {
        read,
        write(conversation) {
            save({ session: read().session, conversation });
        },
        askedForLead() {
            save({ ...read(), lead: true });
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
        const { session, conversation, lead } = JSON.parse(text ?? 'null') ?? {};
        if (!/^[0-9a-f]{32}$/.test(session)) {
            return null;
        }
        return { session, conversation: Number.isSafeInteger(conversation) ? conversation : null, ...(lead === true && { lead }) };
    } catch {
        return null;
    }
}
