import { h } from '../shared/dom.js';
import { Problem } from '../shared/problem.js';

/** @typedef {import('../shared/texts/index.js').TextKey} TextKey */

/** Kinds of failures that end by themselves, and the seconds after which the message is sent again if the server names none. */
const PASSING = { limited: 10, busy: 5 };
/** A message is sent again by itself so often; a longer wait than this many seconds is left to the visitor. */
const ATTEMPTS = 3;
const PATIENCE = 60;

/** @type {Record<string, TextKey>} */
const WORDS = {
    offline: 'failOffline',
    limited: 'failLimited',
    busy: 'failBusy',
    cut: 'failCut',
    gone: 'failFailed', // after a new conversation was begun in its place
    refused: 'failRefused',
    failed: 'failFailed',
};

/**
 * @param {unknown} error of a call that the widget did not end itself
 * @returns {Problem} a fault of the widget counts as one of the server, for the visitor can do the same about it, and is reported
 */
export function problemFrom(error) {
    if (error instanceof Problem) {
        return error;
    }
    reportError(error);
    return new Problem('failed');
}

/**
 * What a visitor is told of a problem.
 *
 * @param {import('./context.js').Context} context
 * @param {Problem} problem
 */
export function words({ t }, problem) {
    return t(WORDS[problem.kind]);
}

/**
 * Words for a call that failed and, where it can help, a button that makes it again. What passes by itself is tried again
 * without the visitor.
 *
 * @param {import('./context.js').Context} context
 * @param {Problem} problem
 * @param {number} attempt how often it was tried
 * @param {() => void} retry
 * @returns {HTMLElement} to be removed once it is retried
 */
export function failure(context, problem, attempt, retry) {
    const { t, signal } = context;
    const box = h('div', { class: 'card failure' }, h('p', {}, words(context, problem)));
    if (problem.kind === 'refused') {
        return box;
    }
    const over = new AbortController();
    const again = () => {
        const focused = box.matches(':focus-within');
        over.abort();
        if (!box.isConnected) {
            return; // the visitor has begun another conversation
        }
        box.remove();
        if (focused) {
            context.focus();
        }
        retry();
    };
    signal.addEventListener('abort', () => over.abort(), { signal: over.signal });
    box.append(h('button', { type: 'button', onclick: again }, t('retry')));
    const passing = /** @type {Record<string, number>} */ (PASSING)[problem.kind];
    const wait = problem.retryAfter ?? passing;
    if (passing && attempt < ATTEMPTS && wait <= PATIENCE) {
        box.append(countdown(context, Math.max(wait, 1), again, over.signal));
    }
    if (problem.kind === 'offline') {
        addEventListener('online', again, { signal: over.signal });
    }
    return box;
}

/**
 * @param {import('./context.js').Context} context
 * @param {number} seconds
 * @param {() => void} then
 * @param {AbortSignal} signal
 */
function countdown({ t }, seconds, then, signal) {
    const text = h('p', { class: 'small' }, t('retryIn', { seconds }));
    const timer = setInterval(() => {
        seconds -= 1;
        text.textContent = t('retryIn', { seconds });
        if (seconds <= 0) {
            then();
        }
    }, 1000);
    signal.addEventListener('abort', () => clearInterval(timer));
    return text;
}
