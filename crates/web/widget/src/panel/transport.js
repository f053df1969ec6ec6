import { Problem } from '../shared/problem.js';

/** @typedef {import('../shared/client.js').Answer} Answer */

/**
 * Brings a message to the server. A conversation is opened before the first message, so that it is known even if no answer comes;
 * from then on the browser keeps it.
 *
 * @param {import('./context.js').Context} context
 */
export function createTransport({ client, store }) {
    /** @param {AbortSignal} signal */
    async function conversation(signal) {
        const kept = store.read();
        if (kept.conversation) {
            return kept.conversation;
        }
        const { conversation_id } = await client.open({ session: kept.session, page: page(), signal });
        store.write(conversation_id);
        return conversation_id;
    }

    /**
     * @param {{text: string, id: string}} message
     * @param {AbortSignal} signal
     * @param {(piece: string) => void} onDelta
     * @returns {Promise<Answer>}
     */
    async function once({ text, id }, signal, onDelta) {
        const to = await conversation(signal);
        const { session } = store.read();
        return client.send({ text, clientMessageId: id, session, conversation: to, page: page(), signal, onDelta });
    }

    return {
        /**
         * Sends a message. Where the connection breaks it is sent again with its id, once: the server has the answer, or makes it,
         * and charges nothing twice. A conversation that is gone is followed by a new one.
         *
         * @param {{text: string, id: string}} message
         * @param {AbortSignal} signal
         * @param {(piece: string) => void} onDelta
         * @param {() => void} anew what came so far counts no more
         * @returns {Promise<Answer>}
         */
        async send(message, signal, onDelta, anew) {
            try {
                return await once(message, signal, onDelta);
            } catch (error) {
                const kind = error instanceof Problem && error.kind;
                if (signal.aborted || (kind !== 'cut' && kind !== 'gone')) {
                    throw error;
                }
                if (kind === 'gone') {
                    store.clear();
                }
                anew();
                return once(message, signal, onDelta);
            }
        },
    };
}

const page = () => ({ url: location.href, referrer: document.referrer });
