import { h } from '../shared/dom.js';
import { feedback } from './feedback.js';

/** @typedef {import('../shared/client.js').Answer} Answer */

/** Below it an answer helps little: whoever asked may want to be called back. */
export const UNSURE = 0.5;
/** From it on a visitor can say whether an answer has helped. */
const SURE = 0.85;

/**
 * The answer without the notice of used up credits, which is its end and is shown apart.
 *
 * @param {Answer} answer
 */
export function spoken({ response, notice }) {
    return notice && response.endsWith(notice) ? response.slice(0, -notice.length).trimEnd() : response;
}

/**
 * What stands below an answer: where it comes from, whether it is whole, the vote, related questions.
 *
 * @param {import('./context.js').Context} context
 * @param {Answer} answer
 * @param {(question: string) => boolean} ask
 * @returns {HTMLElement[]}
 */
export function extras(context, answer, ask) {
    const { t } = context;
    const parts = [];
    if (answer.truncated) {
        parts.push(h('p', { class: 'small' }, t('truncated')));
    }
    if (answer.sources.length) {
        const entries = answer.sources.map(({ question }) => h('li', {}, h('bdi', {}, question)));
        parts.push(h('div', { class: 'small sources' }, h('span', {}, t('sources')), h('ul', {}, ...entries)));
    }
    if (answer.notice) {
        parts.push(h('p', { class: 'note' }, t('credits')));
    }
    if (answer.confidence >= SURE) {
        parts.push(feedback(context, answer.message_id));
    }
    if (answer.suggestions.length) {
        parts.push(chips(context, answer.suggestions, ask));
    }
    return parts;
}

/**
 * @param {import('./context.js').Context} context
 * @param {{question: string}[]} suggestions
 * @param {(question: string) => boolean} ask
 */
function chips(context, suggestions, ask) {
    const { t } = context;
    const buttons = suggestions.map(({ question }) =>
        h('button', { class: 'chip', type: 'button', dir: 'auto', onclick: () => chosen(question) }, question),
    );
    const title = h('p', { class: 'small' }, t('suggestions'));
    const group = h('div', { class: 'chips', role: 'group', 'aria-label': t('suggestions') }, title, ...buttons);

    /** @param {string} question */
    function chosen(question) {
        if (ask(question)) {
            group.remove();
            context.focus();
        }
    }

    return group;
}
