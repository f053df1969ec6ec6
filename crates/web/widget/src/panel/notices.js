import { h } from '../shared/dom.js';
import { isOpen } from '../shared/hours.js';
import { privacyLink } from './consent.js';

/**
 * What stands above the messages: that an AI answers, and that nobody is there right now.
 *
 * @param {import('./context.js').Context} context
 * @returns {HTMLElement[]}
 */
export function notices(context) {
    const { config, t } = context;
    const parts = [];
    const link = privacyLink(context);
    const ai = config.ai_notice !== false;
    if (ai || link) {
        parts.push(h('p', { class: 'note' }, ai && t('aiNotice'), ai && ' ', link));
    }
    if (isOpen(config.business_hours, config.timezone, new Date()) === false) {
        parts.push(h('p', { class: 'note', dir: 'auto' }, config.offline_message || t('offline')));
    }
    return parts;
}
