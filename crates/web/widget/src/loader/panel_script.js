/** @typedef {import('../panel/index.js').Mount} Mount */

/** @type {{createScriptURL(url: string): string} | undefined} pages that demand Trusted Types take an address from it alone */
let policy;

/**
 * Loads the panel of this version.
 *
 * @param {string} backend
 * @param {string} nonce that of the loader's own tag, which the page's policy lets in
 * @returns {Promise<Mount>}
 */
export function loadPanel(backend, nonce) {
    return new Promise((resolve, reject) => {
        const url = `${backend}/${__PANEL__}`;
        const script = document.createElement('script');
        // The panel announces itself at its own tag: nothing has to stand in the page's globals.
        script.addEventListener('frontdesk-panel', (event) => resolve(/** @type {CustomEvent} */ (event).detail));
        script.onload = script.onerror = () => {
            script.remove();
            reject(); // changes nothing after the announcement
        };
        script.crossOrigin = 'anonymous';
        script.integrity = __PANEL_INTEGRITY__;
        script.nonce = nonce;
        policy ??= /** @type {any} */ (globalThis).trustedTypes?.createPolicy('frontdesk', {
            createScriptURL: (/** @type {string} */ own) => own,
        });
        script.src = policy ? policy.createScriptURL(url) : url;
        document.head.append(script);
    });
}
