/** @typedef {import('./client.js').Message} Message */
/** @typedef {import('./texts/index.js').Chosen} Chosen */

/**
 * A conversation as a plain text for a file: a title, then each message with its time and who said it. A line of a message that is
 * not its first is indented, so that no message can pass itself off as two.
 *
 * @param {readonly Pick<Message, 'message_type' | 'message_text' | 'agent_name' | 'created_at'>[]} messages the oldest first
 * @param {{botName: string, texts: Chosen, timeZone?: string}} how `timeZone` is the browser's when left out
 * @returns {string}
 */
export function transcript(messages, { botName, texts, timeZone }) {
    const { t, lang } = texts;
    const time = clock(lang, timeZone);
    const lines = messages.map(({ message_type, message_text, agent_name, created_at }) => {
        const speakers = { user: t('you'), bot: botName, system: '', human: agent_name || t('team'), agent: agent_name || t('team') };
        const said = message_text.trim().replace(/\r\n?|\n/g, '\n    ');
        return `[${time(created_at)}] ${[speakers[message_type], said].filter(Boolean).join(': ')}`;
    });
    return `${[botName, '', ...lines].join('\n')}\n`;
}

/**
 * @param {string} lang
 * @param {string | undefined} timeZone
 * @returns {(at: string) => string}
 */
function clock(lang, timeZone) {
    const format = new Intl.DateTimeFormat(known(lang), { dateStyle: 'medium', timeStyle: 'short', timeZone });
    return (at) => {
        const date = new Date(at);
        return Number.isNaN(date.getTime()) ? at : format.format(date);
    };
}

/**
 * @param {string} lang as a page or a business wrote it
 * @returns {string} `en` for what is no language tag, which `Intl` would throw at
 */
function known(lang) {
    try {
        return Intl.getCanonicalLocales(lang)[0];
    } catch {
        return 'en';
    }
}
