import { h } from '../shared/dom.js';
import { randomId } from '../shared/ids.js';
import { problemFrom, words } from './failure.js';

/** @typedef {'name' | 'email' | 'phone'} Field */

/** The server wants an address by its shape, and at least so many digits of a number. */
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const DIGITS = 5;

/** @type {Record<string, 'emailWrong' | 'phoneWrong'>} */
const WRONG = { email: 'emailWrong', phone: 'phoneWrong' };

/** @type {Record<Field, Record<string, string>>} */
const INPUTS = {
    name: { type: 'text', autocomplete: 'name', maxlength: '255', dir: 'auto' },
    email: { type: 'email', autocomplete: 'email', maxlength: '255', dir: 'ltr' },
    phone: { type: 'tel', autocomplete: 'tel', maxlength: '50', dir: 'ltr' },
};

/**
 * @param {import('../shared/config.js').Config} config
 * @returns {Field[]} what the business wants to know; nothing where it wants none
 */
export function wantedFields({ enable_email_capture, enable_phone_capture }) {
    const fields = /** @type {const} */ ([
        ['email', enable_email_capture],
        ['phone', enable_phone_capture],
    ]);
    return fields.filter(([, wanted]) => wanted).map(([field]) => field);
}

/**
 * A form for contact details.
 *
 * @param {import('./context.js').Context} context
 * @param {number} conversation
 */
export function leadForm(context, conversation) {
    const { t, client, config, signal, announce, emit } = context;
    /** The same details that are sent again are meant once; others are a call of their own. */
    let sent = '';
    let clientMessageId = '';
    const wanted = wantedFields(config);
    const fields = /** @type {Field[]} */ (['name', ...wanted]).map((field) => row(context, field, field === 'name' || wanted.length > 1));
    const error = h('p', { class: 'error', id: 'lead-error', hidden: true });
    const submit = h('button', { class: 'main', type: 'submit' }, t('send'));
    const form = h(
        'form',
        { class: 'card', novalidate: true, 'aria-labelledby': 'lead-title', onsubmit: submitted },
        h('p', { id: 'lead-title' }, t('lead')),
        ...fields.map(({ element }) => element),
        error,
        h('div', { class: 'buttons' }, submit, h('button', { type: 'button', onclick: dismissed }, t('decline'))),
    );

    function dismissed() {
        form.remove();
        context.focus();
    }

    /** Shows all faults at their fields and goes to the first. */
    function valid() {
        const given = fields.filter(({ field, value }) => field !== 'name' && value());
        for (const { field, value, fault } of fields) {
            fault(value() && !plausible(field, value()) ? t(WRONG[field]) : '');
        }
        if (!given.length) {
            fields[1].fault(t(wanted.length > 1 ? 'leadMissing' : WRONG[wanted[0]]));
        }
        const wrong = fields.find(({ input }) => input.getAttribute('aria-invalid') === 'true');
        wrong?.input.focus();
        return !wrong;
    }

    /** @param {Event} event */
    async function submitted(event) {
        event.preventDefault();
        if (submit.disabled || !valid()) {
            return;
        }
        const lead = Object.fromEntries(fields.map(({ field, value }) => [field, value() || undefined]));
        const details = JSON.stringify(lead);
        if (details !== sent) {
            sent = details;
            clientMessageId = randomId();
        }
        submit.disabled = true;
        error.hidden = true;
        try {
            await client.captureLead({ conversation, clientMessageId, ...lead, signal });
            const thanks = h('p', { class: 'card', tabindex: '-1' }, t('leadThanks'));
            form.replaceWith(thanks);
            thanks.focus();
            announce(t('leadThanks'));
            emit('lead', lead);
        } catch (caught) {
            if (signal.aborted) {
                return;
            }
            error.textContent = words(context, problemFrom(caught));
            error.hidden = false;
            announce(error.textContent);
        }
        submit.disabled = false;
    }

    return form;
}

/**
 * @param {Field} field
 * @param {string} value
 */
function plausible(field, value) {
    return field === 'name' || (field === 'email' ? EMAIL.test(value) : value.replace(/\D/g, '').length >= DIGITS);
}

/**
 * @param {import('./context.js').Context} context
 * @param {Field} field
 * @param {boolean} optional
 */
function row({ t }, field, optional) {
    const id = `lead-${field}`;
    const input = h('input', { id, name: field, 'aria-describedby': `${id}-error`, ...INPUTS[field] });
    const error = h('p', { class: 'error', id: `${id}-error`, hidden: true });
    const label = h('label', { for: id }, t(field), optional && h('span', { class: 'small' }, ` (${t('optional')})`));
    return {
        field,
        input,
        element: h('div', { class: 'field' }, label, input, error),
        value: () => input.value.trim(),
        /** @param {string} text empty for none */
        fault(text) {
            error.textContent = text;
            error.hidden = !text;
            input.setAttribute('aria-invalid', String(!!text));
        },
    };
}
