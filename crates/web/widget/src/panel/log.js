import { h } from '../shared/dom.js';
import { render } from '../shared/markdown.js';
import { createScroll } from './scroll.js';

/** @typedef {import('./context.js').Context} Context */
/** @typedef {ReturnType<typeof createLog>} Log */

/**
 * The messages. Screen readers can walk through them; nothing in here is announced, for pieces of an answer and what was said
 * long ago would be, too.
 *
 * @param {Context} context
 */
export function createLog({ t, signal, name }) {
    const list = h('div', { class: 'log', role: 'log', 'aria-live': 'off', 'aria-label': t('conversation'), tabindex: '0' });
    const jump = h('button', { class: 'jump', type: 'button', hidden: true }, t('newMessages'));
    const scroll = createScroll(list, jump, signal);
    const typing = h('div', { class: 'typing' }, h('span', { class: 'unseen' }, t('typing', { name })), h('i'), h('i'), h('i'));

    /**
     * @param {Node} node
     * @param {HTMLElement | null} [newest] what is to be in view; the end if nothing
     */
    function add(node, newest = null) {
        list.append(node);
        scroll.grown(newest);
    }

    /**
     * @param {'visitor' | 'bot' | 'team'} from
     * @param {string} author
     */
    function bubble(from, author) {
        const body = h('div', { class: 'body', dir: 'auto' });
        const below = h('div', { class: 'below' });
        const item = h('div', { class: `item ${from}` }, h('span', { class: from === 'team' ? 'small' : 'unseen' }, author), body, below);
        return { item, body, below };
    }

    return {
        list,
        jump,
        scroll,
        add,

        /** @param {string} text */
        visitor(text) {
            const { item, body, below } = bubble('visitor', t('you'));
            body.append(text);
            add(item);
            return { item, below };
        },

        /**
         * @param {'bot' | 'team'} from
         * @param {string} author
         * @param {string} text
         */
        said(from, author, text) {
            const made = bubble(from, author);
            made.body.append(render(text, document));
            add(made.item, made.item);
            return made;
        },

        /** An answer that is about to come. It is put in with its first piece. */
        coming: () => bubble('bot', name),

        /** @param {string} text */
        note(text) {
            const note = h('p', { class: 'note', dir: 'auto' }, text);
            add(note);
            return note;
        },

        /** @param {boolean} on */
        typing(on) {
            if (on) {
                add(typing);
            } else {
                typing.remove();
            }
        },

        clear() {
            list.replaceChildren();
        },
    };
}
