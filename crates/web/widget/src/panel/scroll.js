/** So near to the end a reader counts as being there. In pixels. */
const NEAR = 40;

/**
 * Keeps the newest in view while the reader is at the end, and stays put when the reader has scrolled up: then a button says
 * that there is something new.
 *
 * @param {HTMLElement} list
 * @param {HTMLElement} button
 * @param {AbortSignal} signal
 */
export function createScroll(list, button, signal) {
    let following = true;
    let placed = 0;
    /** @type {HTMLElement | null} what is to stay in view from its top on; null for the end */
    let anchor = null;

    const end = () => list.scrollHeight - list.clientHeight;

    function place() {
        // An answer that is longer than the list is read from its beginning.
        const top = anchor?.isConnected ? anchor.offsetTop - list.offsetTop - 8 : Infinity;
        list.scrollTop = Math.min(end(), top);
        placed = list.scrollTop;
    }

    function toEnd() {
        following = true;
        anchor = null;
        button.hidden = true;
        place();
    }

    list.addEventListener(
        'scroll',
        () => {
            const atEnd = end() - list.scrollTop < NEAR;
            following = atEnd || Math.abs(list.scrollTop - placed) < 2;
            button.hidden ||= atEnd;
        },
        { passive: true, signal },
    );
    button.addEventListener('click', toEnd);
    const resized = new ResizeObserver(() => following && place());
    resized.observe(list);
    signal.addEventListener('abort', () => resized.disconnect());

    return {
        toEnd,
        /**
         * The list has grown.
         *
         * @param {HTMLElement | null} newest
         */
        grown(newest) {
            if (following) {
                anchor = newest;
                place();
            }
        },
        /** Something has come that the reader does not see. */
        arrived() {
            button.hidden = following;
        },
    };
}
