import { sheet } from '../shared/dom.js';
import { hide, lift, show, small } from './layer.js';
import { ownStyles } from './own_styles.js';
import { loadPanel } from './panel_script.js';
import { drawShell, skeleton } from './shell.js';
import styles from './styles.css';
import { chooseTexts } from './texts.js';

/** @typedef {import('../panel/index.js').Panel} Panel */
/** @typedef {import('../shared/config.js').Config} Config */
/** @typedef {ReturnType<typeof draw>} Widget */

/**
 * @typedef {object} Settings
 * @property {string} backend the server's address
 * @property {string} widgetKey
 * @property {string | null} lang the page's choice
 * @property {Record<string, unknown> | null} texts the page's own
 * @property {boolean} inline drawn in the page's flow instead of above it
 * @property {string} nonce
 */

/**
 * Draws the launcher. Nothing is asked for until the panel is opened.
 *
 * @param {ShadowRoot} root
 * @param {Settings} settings
 * @param {Config} config
 * @param {(event: string, detail?: unknown) => void} emit
 * @param {AbortSignal} signal the end of it all
 */
export function draw(root, settings, config, emit, signal) {
    const { inline } = settings;
    const side = config.position === 'bottom-left' ? 'left' : 'right';
    const languages = [settings.lang, config.language, document.documentElement.lang, ...navigator.languages];
    const own = { ...config.texts, ...settings.texts };
    const texts = chooseTexts(languages, own);
    const name = config.bot_name || config.widget_name;
    const { frame, launcher, panel } = drawShell(texts, name, inline, () => (opened ? close() : open()), close);
    let opened = false;
    /** @type {Panel | undefined} */
    let mounted;

    const floating = [...document.querySelectorAll('frontdesk-chat:not([inline])')];
    root.adoptedStyleSheets = [sheet(styles), sheet(ownStyles(config.primary_color, side, floating.indexOf(root.host)))];
    root.replaceChildren(frame);
    lift(launcher, true);
    small.addEventListener('change', () => opened && show(panel), { signal });
    signal.addEventListener('abort', () => mounted?.destroy());

    async function fill() {
        const closing = !inline && close;
        panel.replaceChildren(...skeleton(texts, closing));
        try {
            const mount = await loadPanel(settings.backend, settings.nonce);
            if (!signal.aborted) {
                mounted = mount({ root, panel, config, settings: { ...settings, languages, texts: { ...texts, ...own } }, emit, close });
                if (opened) {
                    mounted.open();
                }
            }
        } catch {
            panel.replaceChildren(...skeleton(texts, closing, fill));
            /** @type {HTMLElement | null} */ (panel.querySelector('.wait button'))?.focus();
        }
    }

    function open() {
        if (!opened) {
            opened = true;
            launcher.ariaExpanded = 'true';
            if (!panel.firstChild) {
                fill();
            }
            moved();
            emit('open');
        }
    }

    function close() {
        if (opened && !inline) {
            opened = false;
            const focused = panel.contains(root.activeElement);
            launcher.ariaExpanded = 'false';
            hide(panel);
            mounted?.close();
            if (focused) {
                launcher.focus();
            }
            emit('close');
        }
    }

    /** The element has come to another place: the top layer has forgotten it. */
    function moved() {
        lift(launcher, true);
        if (opened) {
            show(panel);
            if (mounted) {
                mounted.open();
            } else if (!inline) {
                panel.querySelector('button')?.focus();
            }
        }
    }

    return { open, close, moved };
}
