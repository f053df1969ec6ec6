/**
 * What a visitor can be told of a call that failed:
 *
 * | kind | what happened | what helps |
 * |---|---|---|
 * | `offline` | there is no connection to the server | trying again |
 * | `limited` | too many calls in a short time | waiting `retryAfter` seconds |
 * | `busy` | the server cannot answer right now | waiting `retryAfter` seconds |
 * | `cut` | the connection broke, or nothing came for too long | sending the same message with the same id |
 * | `gone` | the conversation does not exist any more | a new one |
 * | `refused` | the server does not take this call | nothing, or another message |
 * | `failed` | a fault of the server | trying again |
 *
 * @typedef {'offline' | 'limited' | 'busy' | 'cut' | 'gone' | 'refused' | 'failed'} Kind
 */

/** A call that failed. */
export class Problem extends Error {
    /**
     * @param {Kind} kind
     * @param {string | null} [code] of the server, if it answered
     * @param {number | null} [retryAfter] seconds
     * @param {string | null} [requestId] by which the server's log has it
     */
    constructor(kind, code = null, retryAfter = null, requestId = null) {
        super(code ?? kind);
        this.kind = kind;
        this.code = code;
        this.retryAfter = retryAfter;
        this.requestId = requestId;
    }
}

/** @type {Record<string, Kind>} */
const KINDS = {
    rate_limited: 'limited',
    overloaded: 'busy',
    database_unavailable: 'busy',
    still_answering: 'busy',
    conversation_not_found: 'gone',
    internal_error: 'failed',
};

/**
 * @param {number} status 0 where there is none
 * @param {unknown} code the server's, which says more than the status
 * @returns {Kind}
 */
export function kindOf(status, code) {
    if (typeof code === 'string' && Object.hasOwn(KINDS, code)) {
        return KINDS[code];
    }
    if (status === 429) {
        return 'limited';
    }
    if (status === 408) {
        return 'cut';
    }
    if ([502, 503, 504].includes(status)) {
        return 'busy'; // of a proxy in front of the server
    }
    return status >= 500 ? 'failed' : 'refused';
}

/**
 * @param {Response} response with an error
 * @returns {Promise<Problem>}
 */
export async function problemOf(response) {
    // A proxy's error is a page, not the server's JSON.
    const body = await response.json().catch(() => null);
    const code = typeof body?.code === 'string' ? body.code : null;
    const requestId = body?.request_id ?? response.headers.get('x-request-id');
    return new Problem(kindOf(response.status, code), code, secondsOf(response), requestId);
}

/** A page that a visitor has open waits no longer than this for a server. */
const LONGEST = 3600;

/**
 * @param {Response} response
 * @returns {number | null} the seconds of `Retry-After`; null without it, and where it is a date
 */
export function secondsOf(response) {
    const seconds = Number(response.headers.get('retry-after') || NaN);
    return seconds >= 0 ? Math.min(Math.ceil(seconds), LONGEST) : null;
}
