import { h, icon } from '../shared/dom.js';
import { problemFrom, words } from './failure.js';
import { icons } from './icons.js';

/**
 * Thumbs for an answer, and a comment where it did not help. A vote can be changed and taken back.
 *
 * @param {import('./context.js').Context} context
 * @param {number} message
 */
export function feedback(context, message) {
    const { t, client, signal, announce } = context;
    const error = h('p', { class: 'error', hidden: true });
    const good = thumb('helpful', icons.up, () => vote(good, bad));
    const bad = thumb('unhelpful', icons.down, () => vote(bad, good));
    const box = h('div', { class: 'feedback' }, good, bad, error);
    /** @type {HTMLElement | undefined} */
    let form;

    /**
     * @param {'helpful' | 'unhelpful'} name
     * @param {string} path
     * @param {() => void} onclick
     */
    function thumb(name, path, onclick) {
        const attributes = { class: 'tool', type: 'button', 'aria-label': t(name), 'aria-pressed': 'false', title: t(name), onclick };
        return h('button', attributes, icon(path));
    }

    /**
     * @param {HTMLElement} chosen
     * @param {HTMLElement} other
     */
    async function vote(chosen, other) {
        const before = [pressed(chosen), pressed(other)];
        press(chosen, !before[0]);
        press(other, false);
        form?.remove();
        const helpful = before[0] ? null : chosen === good;
        if (await tell({ helpful })) {
            if (helpful === false) {
                box.append((form = commentForm()));
            } else if (helpful) {
                announce(t('feedbackThanks'));
            }
        } else {
            press(chosen, before[0]);
            press(other, before[1]);
        }
    }

    /**
     * @param {{helpful?: boolean | null, comment?: string}} what
     * @returns {Promise<boolean>} whether the server has it
     */
    async function tell(what) {
        error.hidden = true;
        try {
            await client.feedback({ message, ...what, signal });
            return true;
        } catch (caught) {
            if (signal.aborted) {
                return false;
            }
            error.textContent = words(context, problemFrom(caught));
            error.hidden = false;
            announce(error.textContent);
            return false;
        }
    }

    function commentForm() {
        const id = `comment-${message}`;
        const input = h('textarea', { id, rows: '2', maxlength: '2000', dir: 'auto' });
        return h(
            'form',
            { class: 'comment', onsubmit: submitted },
            h('label', { for: id }, t('comment')),
            input,
            h('button', { type: 'submit' }, t('send')),
        );

        /** @param {Event} event */
        async function submitted(event) {
            event.preventDefault();
            const comment = input.value.trim();
            if (comment && (await tell({ comment }))) {
                form?.replaceWith(h('p', { class: 'small' }, t('feedbackThanks')));
                bad.focus();
                announce(t('feedbackThanks'));
            }
        }
    }

    return box;
}

/** @param {HTMLElement} button */
const pressed = (button) => button.getAttribute('aria-pressed') === 'true';

/**
 * @param {HTMLElement} button
 * @param {boolean} on
 */
const press = (button, on) => button.setAttribute('aria-pressed', String(on));
