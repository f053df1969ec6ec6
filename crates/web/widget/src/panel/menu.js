import { h, icon } from '../shared/dom.js';
import { icons } from './icons.js';

/** @typedef {import('../shared/texts/index.js').TextKey} TextKey */
/** @typedef {{text: TextKey, shown: () => boolean, run: () => void, confirm?: {question: TextKey, yes: TextKey}}} Entry */

/**
 * What can be done with a conversation: a button that discloses buttons.
 *
 * @param {import('./context.js').Context} context
 * @param {Entry[]} entries what is not shown now is left out; with `confirm` it is asked for first
 */
export function createMenu({ t, signal }, entries) {
    const list = h('div', { class: 'menu', id: 'menu', hidden: true });
    const button = h(
        'button',
        {
            class: 'tool',
            type: 'button',
            'aria-label': t('menu'),
            'aria-expanded': 'false',
            'aria-controls': 'menu',
            onclick: () => toggle(),
        },
        icon(icons.menu),
    );
    const element = h('div', { class: 'menu-place', onkeydown: pressed, onfocusout: left }, button, list);

    /** @param {boolean} [open] */
    function toggle(open = !!list.hidden) {
        list.hidden = !open;
        button.setAttribute('aria-expanded', String(open));
        list.replaceChildren(...(open ? entries.filter(({ shown }) => shown()).map(choice) : []));
    }

    /** @param {Entry} entry */
    function choice({ text, run, confirm }) {
        return h('button', { class: 'choice', type: 'button', onclick: () => (confirm ? ask(confirm, run) : leave(run)) }, t(text));
    }

    /**
     * @param {{question: TextKey, yes: TextKey}} confirm
     * @param {() => void} run
     */
    function ask({ question, yes }, run) {
        const cancel = h('button', { type: 'button', onclick: () => leave() }, t('cancel'));
        const text = h('p', { id: 'menu-question' }, t(question));
        const sure = h('button', { class: 'main', type: 'button', onclick: () => leave(run) }, t(yes));
        const buttons = h('div', { class: 'buttons' }, sure, cancel);
        list.replaceChildren(h('div', { role: 'group', 'aria-labelledby': 'menu-question' }, text, buttons));
        cancel.focus();
    }

    /** @param {() => void} [run] */
    function leave(run) {
        toggle(false);
        button.focus();
        run?.();
    }

    /** @param {KeyboardEvent} event */
    function pressed(event) {
        if (event.key === 'Escape' && !list.hidden) {
            event.preventDefault();
            event.stopPropagation();
            leave();
        }
    }

    /** @param {FocusEvent} event */
    function left(event) {
        // Without a target the focus is lost, as when the list's own buttons change, and not somewhere else.
        if (event.relatedTarget && !element.contains(/** @type {Node} */ (event.relatedTarget))) {
            toggle(false);
        }
    }

    /** Without anything to choose there is no menu. */
    function refresh() {
        element.hidden = !entries.some(({ shown }) => shown());
    }

    // A click beside it may move no focus.
    document.addEventListener('pointerdown', (event) => event.composedPath().includes(element) || toggle(false), { signal });
    refresh();
    return { element, refresh, close: () => toggle(false) };
}
