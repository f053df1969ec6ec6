import { parseInline } from './inline.js';

/** @typedef {import('./inline.js').Node} Node */
/** @typedef {import('./inline.js').Element} Element */

/** A list that is open, the item that lines go on in, and how far its markers are indented. */
/** @typedef {{list: Element, item: Item, indent: number}} Open */

/** What gathers lines of text until they end: the page, or an item of a list. */
/** @typedef {{children: Node[], lines: string[]}} Item */

const MAX_DEPTH = 4;
const FENCE = /^(\s*)(`{3,}|~{3,})([^`]*)$/;
const MARKER = /^(\s*)(?:[-*+•]|(\d{1,3})[.)])\s+(\S.*)$/;

/**
 * Parses a text: its paragraphs, lists and fenced code, in that order.
 *
 * @param {string} text
 * @param {boolean} partial
 * @returns {Node[]}
 */
export function parse(text, partial) {
    const lines = text.split(/\r\n?|\n/);
    const blocks = new Blocks(partial);
    for (let at = 0; at < lines.length; ) {
        at = blocks.line(lines, at);
    }
    return blocks.end();
}

class Blocks {
    #partial;
    /** @type {Item} */
    #page = { children: [], lines: [] };
    /** @type {Open[]} */
    #open = [];

    /** @param {boolean} partial */
    constructor(partial) {
        this.#partial = partial;
    }

    /** @returns {Node[]} all that the lines made */
    end() {
        this.#leave(0);
        this.#flush(this.#page, 'p');
        return this.#page.children;
    }

    /**
     * Takes one line, or all of a fence.
     *
     * @param {string[]} lines
     * @param {number} at
     * @returns {number} of the next line
     */
    line(lines, at) {
        const line = lines[at];
        const fence = FENCE.exec(line);
        const marker = MARKER.exec(line);
        if (fence) {
            return this.#fence(lines, at + 1, fence[1].length, fence[2]);
        }
        if (marker) {
            this.#marker(width(marker[1]), marker[2], marker[3]);
        } else if (line.trim() === '') {
            this.#flush(this.#page, 'p');
        } else {
            this.#words(line);
        }
        return at + 1;
    }

    /**
     * An indented line goes on with the item that is open, another one leaves the lists.
     *
     * @param {string} line
     */
    #words(line) {
        const item = this.#open.at(-1)?.item;
        if (item && /^\s/.test(line)) {
            item.lines.push(line.trim());
            return;
        }
        this.#leave(0);
        this.#page.lines.push(line.trim());
    }

    /**
     * @param {string[]} lines
     * @param {number} at of the first line in the fence
     * @param {number} indent of the fence
     * @param {string} mark
     * @returns {number} of the line after it; a fence that is not closed goes on to the end
     */
    #fence(lines, at, indent, mark) {
        const end = new RegExp(`^\\s*${mark[0]}{${mark.length},}\\s*$`);
        const code = [];
        while (at < lines.length && !end.test(lines[at])) {
            code.push(lines[at++].replace(new RegExp(`^\\s{0,${indent}}`), ''));
        }
        if (indent === 0) {
            this.#leave(0);
        }
        const into = this.#open.at(-1)?.item ?? this.#page;
        this.#flush(into, into === this.#page ? 'p' : '');
        into.children.push({ tag: 'pre', children: [{ tag: 'code', children: [code.join('\n')] }] });
        return at + 1;
    }

    /**
     * @param {number} indent
     * @param {string | undefined} number of an ordered list's item
     * @param {string} line
     */
    #marker(indent, number, line) {
        this.#flush(this.#page, 'p');
        const tag = number === undefined ? 'ul' : 'ol';
        while (this.#open.length > 1 && indent < /** @type {Open} */ (this.#open.at(-1)).indent) {
            this.#leave(this.#open.length - 1);
        }
        let last = this.#open.at(-1);
        const deeper = last && indent >= last.indent + 2 && this.#open.length < MAX_DEPTH;
        if (last && !deeper && last.list.tag !== tag) {
            this.#leave(this.#open.length - 1);
            last = undefined;
        }
        /** @type {Item} */
        const item = { children: [], lines: [line] };
        if (last && !deeper) {
            this.#flush(last.item, '');
            last.item = item;
        } else {
            last = this.#enter(tag, number, indent, item);
        }
        last.list.children.push({ tag: 'li', children: item.children });
    }

    /**
     * Begins a list in the item that is open, or on the page.
     *
     * @param {string} tag
     * @param {string | undefined} number
     * @param {number} indent
     * @param {Item} item
     */
    #enter(tag, number, indent, item) {
        const parent = this.#open.at(-1)?.item ?? this.#page;
        this.#flush(parent, '');
        const start = Number(number ?? 1);
        /** @type {Element} */
        const list = { tag, children: [], ...(start !== 1 && { attributes: { start: String(start) } }) };
        parent.children.push(list);
        const open = { list, item, indent };
        this.#open.push(open);
        return open;
    }

    /**
     * Leaves lists until so many are open.
     *
     * @param {number} depth
     */
    #leave(depth) {
        for (const { item } of this.#open.splice(depth).reverse()) {
            this.#flush(item, '');
        }
    }

    /**
     * Ends the text that was gathered.
     *
     * @param {Item} into
     * @param {string} tag of an element around it; empty for none
     */
    #flush(into, tag) {
        const lines = into.lines.splice(0);
        if (lines.length === 0) {
            return;
        }
        const children = parseInline(lines.join('\n'), this.#partial);
        if (tag) {
            into.children.push({ tag, children });
        } else {
            children.forEach((child) => into.children.push(child));
        }
    }
}

/**
 * @param {string} space
 * @returns {number} its columns; a tab counts four
 */
function width(space) {
    return space.replace(/\t/g, '    ').length;
}
