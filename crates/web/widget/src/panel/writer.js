import { render } from '../shared/markdown.js';

/** After a drawing the page has this many times as long for itself, however long the text. */
const REST = 4;

/**
 * Draws an answer while it comes: at most once a frame, and less often when drawing takes long.
 *
 * @param {HTMLElement} element
 * @param {() => void} drawn called after each drawing
 */
export function createWriter(element, drawn) {
    let text = '';
    let frame = 0;
    let restedAt = 0;

    /** @param {boolean} partial */
    function draw(partial) {
        const begun = performance.now();
        element.replaceChildren(render(text, document, partial));
        drawn();
        const now = performance.now();
        restedAt = now + REST * (now - begun);
    }

    function step() {
        frame = 0;
        if (performance.now() < restedAt) {
            frame = requestAnimationFrame(step);
        } else {
            draw(true);
        }
    }

    return {
        /** @param {string} piece */
        push(piece) {
            text += piece;
            frame ||= requestAnimationFrame(step);
        },
        /** @param {string} [whole] the text as it is to stay; without it what has come */
        finish(whole = text) {
            cancelAnimationFrame(frame);
            text = whole;
            draw(false);
        },
        stop: () => cancelAnimationFrame(frame),
        text: () => text,
    };
}
