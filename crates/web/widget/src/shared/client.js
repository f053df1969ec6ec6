import { apiBase } from './config.js';
import { events } from './sse.js';
import { guard } from './guard.js';
import { Problem, kindOf, problemOf, secondsOf } from './problem.js';

/** @typedef {import('./config.js').Config} Config */

/**
 * The answer to a message, as the server gives it. Older servers leave `source` and `sources` out.
 *
 * @typedef {object} Answer
 * @property {number} message_id
 * @property {number} conversation_id
 * @property {string} response
 * @property {number} confidence 0 to 1
 * @property {boolean} truncated
 * @property {{id: number, question: string, answer: string}[]} suggestions
 * @property {string | null} notice that the free credits are used up; then it is the end of `response`, too
 * @property {string} timestamp RFC 3339
 * @property {string | null} source `llm`, `knowledge_base`, `default`, `handoff` or `refusal`; null from an older server
 * @property {{id: number, question: string}[]} sources the knowledge base's entries that the answer is from
 */

/**
 * @typedef {object} Message
 * @property {number} id
 * @property {number} conversation_id
 * @property {'user' | 'bot' | 'human' | 'agent' | 'system'} message_type
 * @property {string} message_text
 * @property {string | null} agent_name
 * @property {string} created_at RFC 3339
 */

/**
 * @typedef {object} Status
 * @property {string} status
 * @property {boolean} agent_handoff whether a person answers in the bot's place
 */

/**
 * @typedef {object} Sending
 * @property {string} text
 * @property {string} clientMessageId the same whenever this message is sent again
 * @property {string} session
 * @property {number | null} conversation null opens one
 * @property {{url?: string, referrer?: string}} [page] where the visitor is
 * @property {AbortSignal} [signal] ends it; the promise is then rejected with an `AbortError`
 * @property {(piece: string) => void} [onDelta] gets the answer piece by piece
 */

/** A silence of this many milliseconds ends a call; a server that still thinks sends a comment every 15 s. */
const SILENCE = 40_000;

/** As many messages the server gives at once. */
const PAGE = 200;

/** @typedef {ReturnType<typeof createClient>} Client */

/**
 * The calls of one widget. Each rejects with a `Problem`, and with an `AbortError` if its signal was used.
 *
 * @param {{backend: string, widgetKey: string, fetch?: typeof globalThis.fetch}} options
 */
export function createClient({ backend, widgetKey, fetch = globalThis.fetch.bind(globalThis) }) {
    const base = apiBase(backend, widgetKey);

    /**
     * Makes a call and hands its answer to `read`, all under one guard.
     *
     * @template T
     * @param {{method?: string, path: string, body?: object, accept?: string, signal?: AbortSignal}} call
     * @param {(response: Response, heard: () => void) => Promise<T>} read
     * @returns {Promise<T>}
     */
    async function call({ method, path, body, accept = 'application/json', signal }, read) {
        const watch = guard(SILENCE, signal);
        let begun = false;
        try {
            const response = await fetch(base + path, {
                method: method ?? (body ? 'POST' : 'GET'),
                headers: { Accept: accept, ...(body && { 'Content-Type': 'application/json' }) },
                body: body && JSON.stringify(body),
                credentials: 'omit',
                signal: watch.signal,
            });
            begun = true;
            watch.heard();
            if (!response.ok) {
                throw await problemOf(response);
            }
            return await read(response, watch.heard);
        } catch (error) {
            if (error instanceof Problem || signal?.aborted) {
                throw error;
            }
            throw new Problem(begun || watch.expired() ? 'cut' : 'offline');
        } finally {
            watch.end();
        }
    }

    /** @param {Response} response */
    const json = (response) => response.json();

    /**
     * @param {number} conversation
     * @param {Record<string, number>} which
     * @param {AbortSignal} [signal]
     * @returns {Promise<Message[]>}
     */
    const messages = (conversation, which, signal) =>
        call({ path: `/conversations/${conversation}/messages?${new URLSearchParams(/** @type {any} */ (which))}`, signal }, json);

    return {
        /**
         * The session's conversation: the active one if it has one, else a new one.
         *
         * @param {{session: string, page?: {url?: string, referrer?: string}, signal?: AbortSignal}} visitor
         * @returns {Promise<{conversation_id: number, existing: boolean}>}
         */
        open: ({ session, page, signal }) =>
            call(
                {
                    path: '/conversation',
                    body: { session_id: session, visitor_session_id: session, page_url: page?.url, referrer_url: page?.referrer },
                    signal,
                },
                json,
            ),

        /**
         * Sends a message and waits for the whole answer.
         *
         * @param {Sending} sending
         * @returns {Promise<Answer>}
         */
        send: ({ text, clientMessageId, session, conversation, page, signal, onDelta = () => {} }) =>
            call(
                {
                    path: '/message',
                    accept: 'text/event-stream',
                    body: {
                        message_text: text,
                        client_message_id: clientMessageId,
                        session_id: session,
                        visitor_session_id: session,
                        conversation_id: conversation,
                        page_url: page?.url,
                        referrer_url: page?.referrer,
                    },
                    signal,
                },
                (response, heard) => readAnswer(response, heard, onDelta),
            ),

        /**
         * What was said, the oldest first; of a long conversation the last.
         *
         * @param {{conversation: number, after?: number, signal?: AbortSignal}} which only messages after the one with the id `after`
         * @returns {Promise<Message[]>}
         */
        messages: ({ conversation, after, signal }) => messages(conversation, after ? { after } : {}, signal),

        /**
         * All that was said, the oldest first.
         *
         * @param {{conversation: number, signal?: AbortSignal}} which
         * @returns {Promise<Message[]>}
         */
        async wholeConversation({ conversation, signal }) {
            let page = await messages(conversation, {}, signal);
            const all = page;
            while (page.length === PAGE) {
                page = await messages(conversation, { before: page[0].id }, signal);
                all.unshift(...page);
            }
            return all;
        },

        /**
         * @param {{conversation: number, signal?: AbortSignal}} which
         * @returns {Promise<Status>}
         */
        status: ({ conversation, signal }) => call({ path: `/conversations/${conversation}/status`, signal }, json),

        /**
         * Says whether a reply helped; `helpful: null` takes it back, and what is left out stays.
         *
         * @param {{message: number, helpful?: boolean | null, comment?: string | null, signal?: AbortSignal}} vote
         * @returns {Promise<unknown>}
         */
        feedback: ({ message, helpful, comment, signal }) =>
            call({ path: '/feedback', body: { message_id: message, was_helpful: helpful, feedback_text: comment }, signal }, json),

        /**
         * Leaves contact details; one of them has to be there.
         *
         * @param {{conversation: number, clientMessageId: string, name?: string, email?: string, phone?: string, signal?: AbortSignal}} lead
         * @returns {Promise<unknown>}
         */
        captureLead: ({ conversation, clientMessageId, name, email, phone, signal }) =>
            call(
                {
                    path: '/capture-lead',
                    body: {
                        conversation_id: conversation,
                        client_message_id: clientMessageId,
                        visitor_name: name,
                        visitor_email: email,
                        visitor_phone: phone,
                    },
                    signal,
                },
                json,
            ),

        /**
         * @param {{conversation: number, signal?: AbortSignal}} which
         * @returns {Promise<unknown>}
         */
        end: ({ conversation, signal }) => call({ path: `/conversations/${conversation}/end`, body: {}, signal }, json),

        /**
         * Deletes a conversation on the server.
         *
         * @param {{conversation: number, signal?: AbortSignal}} which
         * @returns {Promise<unknown>}
         */
        erase: ({ conversation, signal }) => call({ method: 'DELETE', path: `/conversations/${conversation}`, signal }, json),
    };
}

/**
 * @param {Response} response
 * @param {() => void} heard
 * @param {(piece: string) => void} onDelta
 * @returns {Promise<Answer>}
 */
async function readAnswer(response, heard, onDelta) {
    if (!response.body || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
        return answerOf(await response.json());
    }
    for await (const { event, data } of events(response.body, heard)) {
        const value = JSON.parse(data);
        if (event === 'delta') {
            onDelta(value.text);
        } else if (event === 'done') {
            return answerOf(value);
        } else if (event === 'error') {
            throw new Problem(kindOf(0, value.code), value.code, secondsOf(response), value.request_id);
        }
    }
    throw new Problem('cut');
}

/**
 * @param {Partial<Answer>} value
 * @returns {Answer} with what older servers leave out
 */
function answerOf(value) {
    if (typeof value?.response !== 'string') {
        throw new Problem('failed');
    }
    const complete = { ...value, suggestions: value.suggestions ?? [], source: value.source ?? null, sources: value.sources ?? [] };
    return /** @type {Answer} */ (complete);
}
