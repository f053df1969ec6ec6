import { h, icon } from '../shared/dom.js';

/** @typedef {import('./texts.js').ShellTexts} ShellTexts */

/**
 * What is drawn before the panel is there: the launcher and the empty panel, which has a name and can be closed.
 *
 * @param {ShellTexts & {lang: string}} texts
 * @param {string} name the bot's
 * @param {boolean} inline
 * @param {() => void} toggle
 * @param {() => void} close
 */
export function drawShell(texts, name, inline, toggle, close) {
    const label = texts.open.replace('{name}', () => name);
    const launcher = h(
        'button',
        { class: 'launcher', 'aria-label': label, 'aria-expanded': 'false', onclick: toggle },
        icon('M4 5h16v12H10l-5 4v-4H4zM8 11h8'),
    );
    const panel = h(inline ? 'section' : 'dialog', {
        class: 'panel',
        'aria-label': label,
        /** Of a phone's way back, which a dialog over the whole screen takes. @param {Event} event */
        oncancel(event) {
            event.preventDefault();
            close();
        },
        /** @param {KeyboardEvent} event */
        onkeydown(event) {
            if (event.key === 'Escape' && !event.isComposing && !event.defaultPrevented && !inline) {
                event.preventDefault();
                close();
            }
        },
    });
    return { launcher, panel, frame: h('div', { class: 'frame', lang: texts.lang, dir: 'auto' }, !inline && launcher, panel) };
}

/**
 * The panel while its script is on the way, or when it did not come.
 *
 * @param {ShellTexts} texts
 * @param {(() => void) | false} close
 * @param {() => void} [retry] with it the panel says that the script did not come
 */
export function skeleton(texts, close, retry) {
    const closing = close && h('button', { class: 'tool', 'aria-label': texts.close, onclick: close }, icon('M6 6l12 12M18 6L6 18'));
    return [
        h('div', { class: 'head' }, closing),
        h('div', { class: 'wait' }, retry && h('button', { onclick: retry }, `${texts.loadFailed} ${texts.retry}`)),
    ];
}
