import { createClient } from '../shared/client.js';
import { h } from '../shared/dom.js';
import { createStore } from '../shared/store.js';
import { choose } from '../shared/texts/index.js';

/**
 * What all parts of a panel share.
 *
 * @typedef {ReturnType<typeof createContext>} Context
 */

/**
 * @param {import('./index.js').Given} given
 * @param {AbortSignal} signal ends all listeners, timers and calls of the panel
 */
export function createContext({ config, settings, emit }, signal) {
    const texts = choose(settings.languages, settings.texts);
    const { t } = texts;
    const region = h('div', { class: 'unseen', role: 'status' });
    return {
        config,
        texts,
        t,
        emit,
        signal,
        name: config.bot_name || t('defaultName'),
        client: createClient(settings),
        store: createStore(settings.widgetKey),
        region,
        /** Takes the visitor to where messages are written: whatever had the focus is gone. */
        focus() {},
        /** Until what was said before is on the screen nothing new is. */
        resumed: Promise.resolve(),
        /**
         * Has a screen reader say what has just come, once and whole.
         *
         * @param {string} text
         */
        announce: (text) => region.replaceChildren(h('p', {}, text)),
    };
}
