/** The panel, a classic script that the loader fetches when a widget is first opened. */
import { mount } from './panel.js';

/** @typedef {import('../loader/widget.js').Settings} Settings */

/**
 * What the loader hands over: its own elements and what it knows.
 *
 * @typedef {object} Given
 * @property {ShadowRoot} root
 * @property {HTMLElement} panel the dialog (or, in the page's flow, the section) to fill
 * @property {import('../shared/config.js').Config} config
 * @property {Settings & {languages: (string | null | undefined)[], texts: Record<string, unknown>}} settings
 * @property {(event: string, detail?: unknown) => void} emit
 * @property {() => void} close
 */

/** @typedef {{open: (focus?: boolean) => void, close: () => void, destroy: () => void}} Panel */
/** @typedef {(given: Given) => Panel} Mount */

document.currentScript?.dispatchEvent(new CustomEvent('frontdesk-panel', { detail: mount }));
