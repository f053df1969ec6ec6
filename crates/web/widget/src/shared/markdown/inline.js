/**
 * What a text is made of: words, or an element with its parts.
 *
 * @typedef {string | Element} Node
 * @typedef {{tag: string, children: Node[], attributes?: Record<string, string>}} Element
 */

/** What is open: emphasis by its mark, the words of a link by `[`. At most one of each, which bounds the nesting. */
/** @typedef {{mark: string, children: Node[]}} Frame */

const SPECIAL = /[\\`*_[\]\n]|https:\/\//g;
const CODE = /`+/g;
const ESCAPED = /[!-/:-@[-`{-~]/;
const WORD = /[\p{L}\p{N}]/u;
/** The address of a link, with one level of parentheses, and a title, which is left out. */
const TARGET = /\]\(((?:[^\s\p{C}()<>]|\([^\s\p{C}()<>]*\))+)(?:[ \t]+"[^"\n]*")?\)/uy;
/** A bare address ends at what cannot be seen, which could hide where it goes. */
const ADDRESS = /https:\/\/[\p{L}\p{M}\p{N}.-]+(?::\d+)?(?:[/?#][^\s\p{C}\\<>[\]"`“”„«»、。，（）]*)?/uy;
const SCHEMES = ['https:', 'mailto:', 'tel:'];

/**
 * Parses the text of one paragraph or list item.
 *
 * @param {string} text
 * @param {boolean} partial whether emphasis that is not closed counts as closed at the end
 * @returns {Node[]}
 */
export function parseInline(text, partial) {
    return new Parser(text).run(partial);
}

class Parser {
    #text;
    #codeRun;
    /** @type {Frame[]} */
    #frames = [{ mark: '', children: [] }];
    /** How far the text is in the frames. */
    #done = 0;

    /** @param {string} text */
    constructor(text) {
        this.#text = text;
        this.#codeRun = codeRuns(text);
    }

    /**
     * @param {boolean} partial
     * @returns {Node[]}
     */
    run(partial) {
        let at = 0;
        for (;;) {
            SPECIAL.lastIndex = at;
            const found = SPECIAL.exec(this.#text);
            if (!found) {
                break;
            }
            at = this.#special(found.index);
        }
        this.#words(this.#text.length);
        while (this.#frames.length > 1) {
            const index = this.#frames.length - 1;
            const { mark } = this.#frames[index];
            if (partial && mark !== '[') {
                this.#close(index, TAGS[mark]);
            } else {
                this.#drop(index);
            }
        }
        return this.#frames[0].children;
    }

    /**
     * Handles the special character at an offset.
     *
     * @param {number} at
     * @returns {number} where to go on
     */
    #special(at) {
        switch (this.#text[at]) {
            case '\\':
                return this.#escape(at);
            case '`':
                return this.#code(at);
            case '[':
                return this.#openLink(at);
            case ']':
                return this.#closeLink(at);
            case 'h':
                return this.#address(at);
            case '\n':
                return this.#element(at, at + 1, { tag: 'br', children: [] });
            default:
                return this.#emphasis(at);
        }
    }

    /** @param {number} at */
    #escape(at) {
        if (ESCAPED.test(this.#text[at + 1] ?? '')) {
            this.#words(at);
            this.#done = at + 1;
            return at + 2;
        }
        return at + 1;
    }

    /** @param {number} at */
    #code(at) {
        let from = at;
        while (this.#text[from] === '`') {
            from++;
        }
        const length = from - at;
        const to = this.#codeRun(length, from);
        return to === undefined ? from : this.#element(at, to + length, { tag: 'code', children: [this.#text.slice(from, to)] });
    }

    /** @param {number} at */
    #openLink(at) {
        const open = this.#find('[');
        if (open > 0) {
            this.#words(at);
            this.#drop(open);
        }
        return this.#open(at, '[');
    }

    /** @param {number} at */
    #closeLink(at) {
        const open = this.#find('[');
        TARGET.lastIndex = at;
        const target = open > 0 && TARGET.exec(this.#text);
        if (!target) {
            return at + 1;
        }
        const attributes = linkTo(target[1]);
        if (!attributes) {
            return at + target[0].length; // as text, so that no part of the address becomes a link
        }
        this.#words(at);
        this.#dropTo(open);
        this.#frames[open].children = withoutLinks(this.#frames[open].children);
        this.#close(open, 'a', attributes);
        this.#done = at + target[0].length;
        return this.#done;
    }

    /** @param {number} at */
    #address(at) {
        if (/[A-Za-z0-9]/.test(this.#text[at - 1] ?? '')) {
            return at + 1;
        }
        ADDRESS.lastIndex = at;
        const address = trimmed(ADDRESS.exec(this.#text)?.[0] ?? '');
        const attributes = address && linkTo(address);
        if (!attributes) {
            return at + 'https://'.length;
        }
        return this.#element(at, at + address.length, { tag: 'a', children: [address], attributes });
    }

    /** @param {number} at */
    #emphasis(at) {
        const character = this.#text[at];
        let end = at;
        while (this.#text[end] === character) {
            end++;
        }
        const before = this.#text[at - 1] ?? ' ';
        const after = this.#text[end] ?? ' ';
        const inWord = character === '_' && WORD.test(before) && WORD.test(after);
        if (end - at > 3 || inWord) {
            return end;
        }
        let next = at;
        if (!/\s/.test(before)) {
            next = this.#closeEmphasis(next, end);
        }
        if (!/\s/.test(after)) {
            next = this.#openEmphasis(next, end);
        }
        return end;
    }

    /**
     * @param {number} at
     * @param {number} end of the run of marks
     * @returns {number} of the marks that closed nothing
     */
    #closeEmphasis(at, end) {
        const link = Math.max(this.#find('['), 0);
        for (let index = this.#frames.length - 1; index > link; index--) {
            const { mark } = this.#frames[index];
            const same = this.#find(this.#text.slice(at, end));
            const fits = same > link ? index === same : mark[0] === this.#text[at] && mark.length <= end - at;
            if (fits) {
                this.#words(at);
                this.#dropTo(index);
                this.#close(index, TAGS[mark]);
                at += mark.length;
                this.#done = at;
            }
        }
        return at;
    }

    /**
     * @param {number} at
     * @param {number} end of the run of marks
     * @returns {number}
     */
    #openEmphasis(at, end) {
        for (const length of [2, 1]) {
            const mark = this.#text.slice(at, at + length);
            if (end - at >= length && this.#find(mark) < 0) {
                at = this.#open(at, mark);
            }
        }
        return at;
    }

    /** @param {string} mark */
    #find(mark) {
        return this.#frames.findIndex((frame) => frame.mark === mark);
    }

    /**
     * Opens a frame with the mark at an offset.
     *
     * @param {number} at
     * @param {string} mark
     */
    #open(at, mark) {
        this.#words(at);
        this.#frames.push({ mark, children: [] });
        this.#done = at + mark.length;
        return this.#done;
    }

    /**
     * Makes an element of the last frame.
     *
     * @param {number} index of the last frame
     * @param {string} tag
     * @param {Record<string, string>} [attributes]
     */
    #close(index, tag, attributes) {
        const [{ children }] = this.#frames.splice(index, 1);
        this.#frames[index - 1].children.push({ tag, children, attributes });
    }

    /**
     * Turns a frame back into its mark, as text, and what is in it.
     *
     * @param {number} index
     */
    #drop(index) {
        const [{ mark, children }] = this.#frames.splice(index, 1);
        const parent = this.#frames[index - 1].children;
        parent.push(mark);
        for (const child of children) {
            parent.push(child);
        }
    }

    /**
     * Drops the frames after one, so that it is the last.
     *
     * @param {number} index
     */
    #dropTo(index) {
        for (let last = this.#frames.length - 1; last > index; last--) {
            this.#drop(last);
        }
    }

    /**
     * Takes the text up to an offset as it is.
     *
     * @param {number} end
     */
    #words(end) {
        if (end > this.#done) {
            this.#frames[this.#frames.length - 1].children.push(this.#text.slice(this.#done, end));
            this.#done = end;
        }
    }

    /**
     * @param {number} from
     * @param {number} end
     * @param {Element} element
     */
    #element(from, end, element) {
        this.#words(from);
        this.#frames[this.#frames.length - 1].children.push(element);
        this.#done = end;
        return end;
    }
}

/** @type {Record<string, string>} */
const TAGS = { '*': 'em', _: 'em', '**': 'strong', __: 'strong' };

/**
 * Finds where code ends: at the next run of as many backticks. One pass lists all runs, and as the parser only goes forward, no list is
 * gone through twice.
 *
 * @param {string} text
 * @returns {(length: number, from: number) => number | undefined} the offset of the first run of a length from an offset on
 */
function codeRuns(text) {
    /** @type {Map<number, {offsets: number[], next: number}>} */
    const runs = new Map();
    for (const { index, 0: { length } } of text.matchAll(CODE)) {
        const known = runs.get(length);
        if (known) {
            known.offsets.push(index);
        } else {
            runs.set(length, { offsets: [index], next: 0 });
        }
    }
    return (length, from) => {
        const known = runs.get(length);
        while (known && known.offsets[known.next] < from) {
            known.next++;
        }
        return known?.offsets[known.next];
    };
}

/**
 * @param {string} address
 * @returns {Record<string, string> | null} the attributes of a link to it; null if its scheme is not allowed
 */
function linkTo(address) {
    try {
        const { href, protocol, username } = new URL(address);
        // What stands before an @ looks like the host and is not.
        return SCHEMES.includes(protocol) && !username ? { href, target: '_blank', rel: 'noopener noreferrer nofollow' } : null;
    } catch {
        return null; // no address, or one that would depend on the page's
    }
}

/**
 * An address without the punctuation of the sentence that it stands in. A closing parenthesis stays if one is open.
 *
 * @param {string} address
 */
function trimmed(address) {
    let surplus = address.split(')').length - address.split('(').length;
    let end = address.length;
    for (; end > 0; end--) {
        const last = address[end - 1];
        if (last === ')' ? surplus-- <= 0 : !".,;:!?*_'~".includes(last)) {
            break;
        }
    }
    return address.slice(0, end);
}

/**
 * @param {Node[]} nodes
 * @returns {Node[]} with the words of links in place of the links
 */
function withoutLinks(nodes) {
    return nodes.flatMap((node) => {
        if (typeof node === 'string') {
            return [node];
        }
        const children = withoutLinks(node.children);
        return node.tag === 'a' ? children : [{ ...node, children }];
    });
}
