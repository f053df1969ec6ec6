/**
 * An element with attributes and content. A function under `onclick` or the like becomes a listener; text is text, never
 * markup.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, unknown>} [attributes] left out where there is no value: null, undefined, false, or an empty text
 * @param {...(Node | string | null | undefined | false)} content
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function h(name, attributes = {}, ...content) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
        if (typeof value === 'function') {
            element.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
        } else if (value) {
            element.setAttribute(key, value === true ? '' : /** @type {string} */ (value));
        }
    }
    for (const part of content) {
        if (part) {
            element.append(part);
        }
    }
    return element;
}

/**
 * A drawing of 24 by 24 in the colour of the text. What holds it has a name.
 *
 * @param {string} path
 */
export function icon(path) {
    const space = 'http://www.w3.org/2000/svg';
    const svg = document.createElementNS(space, 'svg');
    svg.setAttribute('viewBox', '0 0 24 24');
    const line = document.createElementNS(space, 'path');
    line.setAttribute('d', path);
    svg.append(line);
    return svg;
}

/**
 * A stylesheet that no policy of the page forbids.
 *
 * @param {string} text
 */
export function sheet(text) {
    const made = new CSSStyleSheet();
    made.replaceSync(text);
    return made;
}
