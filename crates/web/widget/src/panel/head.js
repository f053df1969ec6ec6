import { h, icon } from '../shared/dom.js';
import { icons } from './icons.js';

/**
 * The top of the panel: whose it is, the menu and, where it can be closed, the button for that.
 *
 * @param {import('./context.js').Context} context
 * @param {HTMLElement} menu
 * @param {(() => void) | null} close
 */
export function drawHead({ t, config, name }, menu, close) {
    const closing = close && h('button', { class: 'tool', type: 'button', 'aria-label': t('close'), onclick: close }, icon(icons.close));
    return h('div', { class: 'head' }, picture(config.bot_avatar_url), h('h2', { class: 'title' }, name), menu, closing);
}

/**
 * The bot's picture; none where there is none, or where the page's policy or the server does not give it.
 *
 * @param {string | null} url
 */
function picture(url) {
    if (!url || !/^https?:\/\//i.test(url)) {
        return null;
    }
    const image = h('img', { class: 'picture', referrerpolicy: 'no-referrer', onerror: () => image.remove() });
    image.alt = '';
    image.src = url;
    return image;
}
