/**
 * Fits the panel into what a phone's keyboard leaves of the screen: the keyboard makes the visual viewport smaller, not the
 * layout that `100vh` is measured by.
 *
 * @param {HTMLElement} panel
 * @param {AbortSignal} signal
 */
export function fitViewport(panel, signal) {
    const view = visualViewport;
    if (!view) {
        return;
    }
    const fit = () => {
        // Zoomed in with two fingers the viewport is a part of the page that the reader moves about: nothing is to jump then.
        if (view.scale < 1.05) {
            panel.style.setProperty('--height', `${view.height}px`);
            panel.style.setProperty('--top', `${view.offsetTop}px`);
        }
    };
    view.addEventListener('resize', fit, { signal });
    view.addEventListener('scroll', fit, { signal });
    fit();
}
