/**
 * The loader, a classic script: `<script async src="https://HOST/widget.js" data-widget-key="KEY"></script>`. It defines the element
 * `<frontdesk-chat>` and `window.Frontdesk`, and puts a widget into the page where its tag names a key.
 */
import { h } from '../shared/dom.js';
import { FrontdeskChat, findWidget, tag } from './element.js';
import { backendOf } from './host.js';

/**
 * @typedef {object} Options others than these are ignored
 * @property {string} widgetKey
 * @property {string} [backendUrl] the server, where it is not the script's
 * @property {string} [apiUrl] the same with `/api/chat-widget`, as scripts of the first generation were given it
 * @property {string} [lang] BCP 47
 * @property {Record<string, unknown>} [texts] by name, or by language and name
 * @property {boolean} [open] opens the panel at once
 * @property {string | Element} [container] an element or its selector: the widget is drawn in it
 */

const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
const page = /** @type {Window & {Frontdesk?: {init: typeof init, version: string}}} */ (window);
const ELEMENT = 'frontdesk-chat';

/**
 * Puts a widget into the page, or finds the one with this key that stands there; in a container it is always another.
 *
 * @param {Options} options
 * @returns {FrontdeskChat} with `open()`, `close()`, `destroy()` and `on(event, listener)`
 */
function init({ widgetKey, backendUrl, apiUrl, lang, texts, open, container }) {
    if (!widgetKey) {
        throw new TypeError('widgetKey is missing');
    }
    // Routers run a page's scripts again with each page that they bring: what stands there has come along.
    const known = !container && findWidget(widgetKey);
    if (known) {
        return known;
    }
    const attributes = { 'widget-key': widgetKey, backend: backendUrl ?? apiUrl, lang, inline: !!container, open };
    const element = /** @type {FrontdeskChat} */ (h(/** @type {any} */ (ELEMENT), attributes));
    element.texts = texts;
    element.follows = !container;
    whenParsed(() => {
        const place = typeof container === 'string' ? document.querySelector(container) : container;
        (place ?? document.body).append(element);
    });
    return element;
}

/** @param {() => void} then called once the page has a `body` */
function whenParsed(then) {
    if (document.body) {
        then();
    } else {
        addEventListener('DOMContentLoaded', then);
    }
}

const backend = backendOf(script?.src);
if (!customElements.get(ELEMENT)) {
    tag.backend = backend;
    tag.nonce = script?.nonce ?? '';
    customElements.define(ELEMENT, FrontdeskChat);
    page.Frontdesk = { init, version: __VERSION__ };
}

const { widgetKey, lang } = script?.dataset ?? {};
if (widgetKey) {
    whenParsed(() => page.Frontdesk?.init({ widgetKey, backendUrl: backend, lang }));
}
