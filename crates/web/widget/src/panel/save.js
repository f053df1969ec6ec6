import { h } from '../shared/dom.js';
import { transcript } from '../shared/transcript.js';

/**
 * Hands the visitor the whole conversation as a file.
 *
 * @param {import('./context.js').Context} context
 */
export async function saveTranscript({ client, store, signal, name, texts }) {
    const { conversation } = store.read();
    if (conversation === null) {
        return;
    }
    const messages = await client.wholeConversation({ conversation, signal });
    const url = URL.createObjectURL(new Blob([transcript(messages, { botName: name, texts })], { type: 'text/plain;charset=utf-8' }));
    h('a', { href: url, download: 'chat.txt' }).click();
    // The browser reads the file after the click; a page that is left frees it anyway.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
