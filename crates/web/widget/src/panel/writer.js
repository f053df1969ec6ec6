import { render } from '../shared/markdown.js';

/** After a drawing the page has this many times as long for itself, however long the text. */
const REST = 4;
/** The end of a paragraph, or of a list that does not go on after a blank line. */
const END = /\n\n(?=[^\s\d*+•-])/g;
const FENCE = /^[ \t]*(`{3,}|~{3,})([^`\n]*)$/gm;

/**
 * Draws an answer while it comes: at most once a frame, less often when drawing takes long, and of a long answer only what is after
 * its last whole paragraph.
 *
 * @param {HTMLElement} element
 * @param {() => void} drawn called after each drawing
 */
export function createWriter(element, drawn) {
    let text = '';
    let frame = 0;
    let restedAt = 0;
    /** How much of the text stays as it is drawn. */
    let settled = 0;
    /** @type {ChildNode[]} what is drawn anew */
    let last = [];

    /** @param {boolean} partial */
    function draw(partial) {
        last.forEach((node) => node.remove());
        const end = settled + ([...text.slice(settled).matchAll(END)].pop()?.index ?? 0);
        const paragraphs = text.slice(settled, end);
        // A blank line within code ends nothing.
        if (!endsInCode(paragraphs)) {
            element.append(render(paragraphs, document));
            settled = end;
        }
        const fragment = render(text.slice(settled), document, partial);
        last = [...fragment.childNodes];
        element.append(fragment);
        drawn();
    }

    function step() {
        frame = 0;
        const begun = performance.now();
        if (begun < restedAt) {
            frame = requestAnimationFrame(step);
            return;
        }
        draw(true);
        const now = performance.now();
        restedAt = now + REST * (now - begun);
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
            if (whole !== text) {
                text = whole;
                settled = 0;
                element.replaceChildren();
            }
            draw(false);
        },
        stop: () => cancelAnimationFrame(frame),
    };
}

/** @param {string} text */
function endsInCode(text) {
    let open = '';
    for (const [, mark, rest] of text.matchAll(FENCE)) {
        if (!open) {
            open = mark;
        } else if (mark.startsWith(open) && !rest.trim()) {
            open = '';
        }
    }
    return !!open;
}
