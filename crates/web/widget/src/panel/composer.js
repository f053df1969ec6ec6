import { h, icon } from '../shared/dom.js';
import { icons } from './icons.js';

/** As many characters as the server takes. */
const LONGEST = 4000;

/**
 * Where the visitor writes. While an answer comes, the button stops it.
 *
 * @param {import('./context.js').Context} context
 * @param {{send: (text: string) => boolean, stop: () => void}} actions `send` says whether it took the text
 */
export function createComposer({ t }, { send, stop }) {
    const input = h('textarea', {
        id: 'input',
        class: 'input',
        rows: '1',
        enterkeyhint: 'send',
        autocomplete: 'off',
        placeholder: t('placeholder'),
        'aria-describedby': 'input-error',
        oninput: changed,
        onkeydown: pressed,
    });
    const error = h('p', { class: 'error', id: 'input-error', hidden: true });
    const sendButton = h('button', { class: 'main', type: 'submit', 'aria-label': t('send') }, icon(icons.send));
    const stopButton = h(
        'button',
        { class: 'main', type: 'button', 'aria-label': t('stop'), hidden: true, onclick: stopped },
        icon(icons.stop),
    );
    const form = h(
        'form',
        { class: 'composer', novalidate: true, onsubmit: submitted },
        error,
        h('label', { class: 'unseen', for: 'input' }, t('placeholder')),
        h('div', { class: 'row' }, input, sendButton, stopButton),
    );

    function changed() {
        // An empty field is written from the panel's side, which `auto` knows nothing of.
        input.dir = input.value && 'auto';
        // As high as its text, up to the styles' limit.
        input.style.height = 'auto';
        input.style.height = `${input.scrollHeight + input.offsetHeight - input.clientHeight}px`;
        if (!error.hidden && !tooLong()) {
            fault('');
        }
    }

    /** @param {KeyboardEvent} event */
    function pressed(event) {
        // Enter also ends the composition of a character; Safari tells of that one by its key code alone.
        if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
            event.preventDefault();
            form.requestSubmit();
        }
    }

    /** @param {SubmitEvent} event */
    function submitted(event) {
        event.preventDefault();
        const text = input.value.trim();
        if (tooLong()) {
            fault(t('tooLong', { max: LONGEST }));
        } else if (text && send(text)) {
            input.value = '';
            changed();
            input.focus();
        }
    }

    function stopped() {
        stop();
        input.focus();
    }

    const tooLong = () => [...input.value.trim()].length > LONGEST;

    /** @param {string} text empty for none */
    function fault(text) {
        error.textContent = text;
        error.hidden = !text;
        input.setAttribute('aria-invalid', String(!!text));
    }

    return {
        form,
        focus: () => input.focus(),
        /** @param {string} text comes back, unless another is being written */
        restore(text) {
            input.value ||= text;
            changed();
        },
        /** @param {boolean} now whether an answer is coming */
        busy(now) {
            const focused = [sendButton, stopButton].some((button) => button.matches(':focus'));
            sendButton.hidden = now;
            stopButton.hidden = !now;
            if (focused) {
                input.focus();
            }
        },
    };
}
