/** As much of a document as Markdown and its writer need, so that what was made can be read without a browser. */

class Parent {
    children = [];

    append(...nodes) {
        for (const node of nodes) {
            const added = node instanceof Fragment ? node.children.splice(0) : [node];
            added.forEach((child) => (child.parent = this));
            this.children.push(...added);
        }
    }

    get childNodes() {
        return this.children;
    }

    replaceChildren(...nodes) {
        this.children = [];
        this.append(...nodes);
    }
}

class Fragment extends Parent {}

class Element extends Parent {
    attributes = new Map();

    constructor(name) {
        super();
        this.name = name;
    }

    remove() {
        const at = this.parent.children.indexOf(this);
        if (at >= 0) {
            this.parent.children.splice(at, 1);
        }
    }

    setAttribute(name, value) {
        if (typeof value !== 'string') {
            throw new TypeError(`the attribute ${name} is no text: ${value}`);
        }
        this.attributes.set(name, value);
    }
}

export const document = {
    createDocumentFragment: () => new Fragment(),
    createElement: (name) => new Element(name),
    createTextNode: (text) => ({ text }),
};

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text) => text.replace(/[&<>"]/g, (character) => ESCAPES[character]);

/** A node as a browser would write it. */
export function html(node) {
    if ('text' in node) {
        return escape(node.text);
    }
    const inner = node.children.map(html).join('');
    if (!node.name) {
        return inner;
    }
    const attributes = [...node.attributes].map(([name, value]) => ` ${name}="${escape(value)}"`).join('');
    return `<${node.name}${attributes}>${node.name === 'br' ? '' : `${inner}</${node.name}>`}`;
}

/** The words of a node. */
export function words(node) {
    return 'text' in node ? node.text : node.children.map(words).join('');
}

/** All elements of a node, each with its depth. */
export function elements(node, depth = 0) {
    return (node.children ?? []).flatMap((child) => ('name' in child ? [{ element: child, depth }, ...elements(child, depth + 1)] : []));
}
