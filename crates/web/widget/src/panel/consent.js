import { h } from '../shared/dom.js';

/**
 * A link to the business's privacy statement; null without one, or where it is no web page.
 *
 * @param {import('./context.js').Context} context
 */
export function privacyLink({ t, config }) {
    const url = config.privacy_url;
    return url && /^https?:\/\//i.test(url) ? h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, t('privacy')) : null;
}

/**
 * Asks whether messages may be processed. Until the visitor agrees nothing can be sent.
 *
 * @param {import('./context.js').Context} context
 * @param {() => void} agreed
 */
export function consentCard(context, agreed) {
    const { t, announce } = context;
    const answer = h('p', { hidden: true }, t('declined'));
    const agree = h('button', { class: 'main', type: 'button', onclick: () => (card.remove(), agreed()) }, t('agree'));
    const decline = h('button', { type: 'button', onclick: declined }, t('decline'));
    const card = h(
        'div',
        { class: 'card', role: 'group', 'aria-labelledby': 'consent' },
        h('p', { id: 'consent' }, t('consent'), ' ', privacyLink(context)),
        h('div', { class: 'buttons' }, agree, decline),
        answer,
    );

    function declined() {
        answer.hidden = false;
        announce(t('declined'));
    }

    return { card, focus: () => agree.focus() };
}
