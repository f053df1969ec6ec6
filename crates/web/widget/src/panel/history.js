/** @typedef {import('../shared/client.js').Message} Message */
/** @typedef {'visitor' | 'bot' | 'team' | 'system'} From */

/**
 * Who said it, in the panel's words.
 *
 * @param {Message} message
 * @returns {From}
 */
export function authorOf({ message_type }) {
    if (message_type === 'user') {
        return 'visitor';
    }
    return message_type === 'human' || message_type === 'agent' ? 'team' : message_type;
}

/**
 * What was said before, and what a person says meanwhile.
 *
 * @param {import('./context.js').Context} context
 * @param {import('./log.js').Log} log
 */
export function createHistory({ t, client, store, signal, announce, name }, log) {
    let newest = 0;
    /** @type {Set<string>} people of the team who are in the conversation */
    const joined = new Set();

    /**
     * @param {Message} message
     * @param {boolean} fresh whether it has just come
     */
    function show(message, fresh) {
        const from = authorOf(message);
        if (from === 'visitor') {
            log.visitor(message.message_text);
        } else if (from === 'system') {
            log.note(message.message_text);
        } else if (from === 'bot') {
            log.said(from, name, message.message_text);
        } else {
            const author = message.agent_name || t('team');
            if (!joined.has(author)) {
                joined.add(author);
                log.note(t('joined', { name: author }));
            }
            const { body } = log.said(from, author, message.message_text);
            if (fresh) {
                log.scroll.arrived();
                announce(`${author}: ${body.innerText}`);
            }
        }
        newest = Math.max(newest, message.id);
    }

    return {
        /**
         * Shows the conversation that the browser knows.
         *
         * @param {number} conversation
         * @returns {Promise<boolean>} whether a person answers in it
         */
        async resume(conversation) {
            const [messages, status] = await Promise.all([
                client.messages({ conversation, signal }),
                client.status({ conversation, signal }),
            ]);
            for (const message of messages) {
                show(message, false);
            }
            log.scroll.toEnd();
            return status.agent_handoff || joined.size > 0;
        },

        /**
         * Looks for a person's words. The visitor's own and the bot's are on the screen already.
         *
         * @returns {Promise<boolean>} whether some came
         */
        async look() {
            const { conversation } = store.read();
            if (!conversation || !newest) {
                return false;
            }
            const messages = await client.messages({ conversation, after: newest, signal });
            const theirs = messages.filter((message) => authorOf(message) === 'team');
            if (store.read().conversation === conversation) {
                theirs.forEach((message) => show(message, true));
                newest = Math.max(newest, ...messages.map(({ id }) => id));
            }
            return theirs.length > 0;
        },

        /**
         * From where on to look. Not from each answer on: a person may have written before it.
         *
         * @param {number} message an answer that is on the screen
         */
        seen(message) {
            newest ||= message;
        },

        forget() {
            newest = 0;
            joined.clear();
        },
    };
}
