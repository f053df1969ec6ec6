/** Where the panel fills the screen: on phones and in low windows. In em, so that large text counts. */
export const small = matchMedia('(max-width: 30em), (max-height: 22em)');

/**
 * Lifts an element above everything on the page, or takes it back: nothing of the page's stacking reaches the top layer.
 * Browsers without popovers have the `z-index` of the styles.
 *
 * @param {HTMLElement} element
 * @param {boolean} up
 */
export function lift(element, up) {
    if (element.togglePopover && element.isConnected) {
        element.popover = 'manual';
        element.togglePopover(up);
    }
}

/**
 * Shows the panel: beside the page, or where the screen is small over it, so that the page behind takes no part.
 *
 * @param {HTMLElement} panel
 */
export function show(panel) {
    const focused = /** @type {ShadowRoot} */ (panel.getRootNode()).activeElement;
    hide(panel);
    panel.classList.add('on');
    if (panel instanceof HTMLDialogElement) {
        if (small.matches) {
            panel.showModal();
        } else {
            // Or the browser would take the focus away from the page.
            panel.inert = true;
            lift(panel, true);
            panel.inert = false;
        }
        // A text that is half written stays at hand when the screen turns or is zoomed.
        /** @type {HTMLElement | null} */ (focused)?.focus();
    }
}

/** @param {HTMLElement} panel */
export function hide(panel) {
    panel.classList.remove('on');
    if (panel instanceof HTMLDialogElement) {
        panel.close();
        lift(panel, false);
    }
}
