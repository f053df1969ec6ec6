import { loadConfig } from '../shared/config.js';
import { draw } from './widget.js';

/** What the loader's own tag says: later nothing tells which it was. */
/** @type {{backend?: string, nonce: string}} */
export const tag = { nonce: '' };

/**
 * `<frontdesk-chat widget-key="…">`: a widget with a life of its own. Attributes: `widget-key`, `backend` (the server, where it is
 * not the script's), `lang`, `open` (opened at once), `inline` (drawn in the page's flow). Its events bubble as
 * `frontdesk-ready`, `-open`, `-close`, `-message`, `-answer`, `-lead` and `-error`.
 */
export class FrontdeskChat extends HTMLElement {
    static observedAttributes = ['widget-key', 'lang'];

    /** @type {Record<string, unknown> | undefined} the page's own texts by name; set before the element is put into the page */
    texts;
    /** Whether it stands in `body` and follows it when the page's router exchanges that. */
    follows = false;

    #root = this.attachShadow({ mode: 'open' });
    /** @type {AbortController | undefined} while it is in the page */
    #life;
    /** @type {import('./widget.js').Widget | undefined} once the configuration is there */
    #widget;
    /** @type {Node | null} */
    #parent = null;
    #wanted = false;

    connectedCallback() {
        // An element that is moved is taken out and put in at once: only what remains of it counts.
        queueMicrotask(() => this.#settle());
    }

    disconnectedCallback() {
        this.connectedCallback();
    }

    attributeChangedCallback() {
        if (this.#life) {
            this.#stop();
            this.connectedCallback();
        }
    }

    /** Opens the panel, as soon as there is one. */
    open() {
        this.#wanted = true;
        this.#widget?.open(true);
    }

    close() {
        this.#wanted = false;
        this.#widget?.close();
    }

    /** Takes the widget out of the page, with its listeners, timers and requests. */
    destroy() {
        this.follows = false;
        this.remove();
        this.#settle();
    }

    /**
     * @param {string} event `ready`, `open`, `close`, `message`, `answer`, `lead` or `error`
     * @param {(detail: any) => void} listener
     * @returns {() => void} stops the listening
     */
    on(event, listener) {
        const heard = (/** @type {Event} */ sent) => listener(/** @type {CustomEvent} */ (sent).detail);
        this.addEventListener(`frontdesk-${event}`, heard);
        return () => this.removeEventListener(`frontdesk-${event}`, heard);
    }

    #settle() {
        if (this.#life && !this.isConnected && this.follows && !this.#parent?.isConnected && !findWidget(this.#key)) {
            document.body?.append(this); // the router has exchanged `body`, and the new one has no such widget of its own
        }
        this.#parent = this.parentNode;
        if (!this.isConnected) {
            this.#stop();
        } else if (this.#life) {
            this.#widget?.moved();
        } else if (this.#key) {
            this.#start();
        }
    }

    async #start() {
        const { signal } = (this.#life = new AbortController());
        // Scripts of the first generation were given the base of the calls.
        const given = this.getAttribute('backend')?.replace(/(\/api\/chat-widget)?\/*$/, '');
        const settings = {
            backend: given || tag.backend || '',
            widgetKey: this.#key,
            lang: this.getAttribute('lang'),
            texts: this.texts,
            inline: this.hasAttribute('inline'),
            nonce: tag.nonce,
        };
        const config = await loadConfig(settings.backend, settings.widgetKey, signal);
        if (config && !signal.aborted) {
            const emit = (/** @type {string} */ event, /** @type {unknown} */ detail) =>
                this.dispatchEvent(new CustomEvent(`frontdesk-${event}`, { detail, bubbles: true }));
            this.#widget = draw(this.#root, settings, config, emit, signal);
            emit('ready', null);
            if (this.#wanted || settings.inline || this.hasAttribute('open')) {
                this.#widget.open(this.#wanted);
            }
        }
    }

    #stop() {
        this.#life?.abort();
        this.#life = this.#widget = undefined;
        this.#root.replaceChildren();
    }

    get #key() {
        return this.getAttribute('widget-key') ?? '';
    }
}

/**
 * @param {string} key
 * @returns {FrontdeskChat | null} a widget with this key that stands in the page
 */
export function findWidget(key) {
    return document.querySelector(`frontdesk-chat[widget-key="${CSS.escape(key)}"]`);
}
