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
 * @property {Record<string, unknown> | undefined} texts the page's own
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
    const { frame, launcher, panel } = drawShell(texts, name, inline, () => (opened ? close() : open(true)), close);
    let opened = false;
    /** @type {boolean | undefined} */
    let focused;
    /** @type {Panel | undefined} */
    let mounted;

    const floating = [...document.querySelectorAll('frontdesk-chat:not([inline])')];
    root.adoptedStyleSheets = [sheet(styles), sheet(ownStyles(config.primary_color, side, floating.indexOf(root.host)))];
    root.replaceChildren(frame);
    lift(launcher, true);
    small.addEventListener('change', moved, { signal });
    signal.addEventListener('abort', () => mounted?.destroy());

    async function fill() {
        const closing = !inline && close;
        panel.replaceChildren(...skeleton(texts, closing));
        const mount = await loadPanel(settings.backend, settings.nonce).catch(() => null);
        if (signal.aborted) {
            return;
        }
        if (!mount) {
            panel.replaceChildren(...skeleton(texts, closing, fill));
            if (focused) {
                /** @type {HTMLElement} */ (panel.querySelector('.wait button')).focus();
            }
            return;
        }
        mounted = mount({ root, panel, config, settings: { ...settings, languages, texts: { ...texts, ...own } }, emit, close });
        if (opened) {
            mounted.open(focused);
        }
    }

    /** @param {boolean} [focus] whether the visitor asked for it, and goes on in it */
    function open(focus) {
        if (!opened) {
            opened = true;
            focused = focus;
            launcher.ariaExpanded = 'true';
            if (!panel.firstChild) {
                fill();
            }
            moved();
            if (mounted) {
                mounted.open(focus);
            } else if (focus) {
                panel.querySelector('button')?.focus();
            }
            emit('open');
        }
    }

    function close() {
        if (opened && !inline) {
            opened = false;
            const within = panel.contains(root.activeElement);
            launcher.ariaExpanded = 'false';
            hide(panel);
            mounted?.close();
            if (within) {
                launcher.focus();
            }
            emit('close');
        }
    }

    /** The element has come to another place, or the window to another size: the top layer has forgotten it. */
    function moved() {
        lift(launcher, true);
        if (opened) {
            show(panel);
        }
    }

    return { open, close, moved };
}
