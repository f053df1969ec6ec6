import { parse } from './markdown/blocks.js';

/** @typedef {import('./markdown/inline.js').Node} Node */

/**
 * Draws a small part of Markdown: paragraphs with their line breaks, bold, italics, code, lists, and links with `https:`, `mailto:`
 * or `tel:`. Everything else, HTML above all, is text. Only elements named here are made, and no attribute but those of links and
 * lists, so that whatever a model or a visitor says stays words.
 *
 * The time is linear in the length of the text, and elements are nested a fixed number of levels at most, whatever the text.
 *
 * @param {string} text
 * @param {Document} document makes the nodes
 * @param {boolean} [partial] the text is still coming: bold and italics that are not closed yet are drawn as if they were
 * @returns {DocumentFragment}
 */
export function render(text, document, partial = false) {
    const fragment = document.createDocumentFragment();
    for (const node of parse(text, partial)) {
        fragment.append(draw(node, document));
    }
    return fragment;
}

/**
 * @param {Node} node
 * @param {Document} document
 * @returns {Text | HTMLElement}
 */
function draw(node, document) {
    if (typeof node === 'string') {
        return document.createTextNode(node);
    }
    const element = document.createElement(node.tag);
    for (const [name, value] of Object.entries(node.attributes ?? {})) {
        element.setAttribute(name, value);
    }
    for (const child of node.children) {
        element.append(draw(child, document));
    }
    return element;
}
