/**
 * What the panel is drawn on, in a light and in a dark scheme. `raised` is what lies on the surface, as a reply's bubble. Text and muted
 * text have 4.5:1 on both, borders of controls 3:1.
 */
export const SURFACES = {
    light: { surface: '#ffffff', raised: '#f1f3f6', text: '#1b1e24', muted: '#596170', border: '#868d99' },
    dark: { surface: '#17191e', raised: '#25282f', text: '#f2f3f5', muted: '#aeb4bf', border: '#7b828e' },
};

/**
 * A business's colours on one of the surfaces, with the contrast that WCAG 2.2 AA asks for.
 *
 * @typedef {object} Palette
 * @property {string} accent the first colour, for controls: 3:1 on the surface
 * @property {string} onAccent text on it: 4.5:1
 * @property {string} accentText the first colour, for text and links: 4.5:1 on the surface and on what is raised
 * @property {string} secondary the second colour, for controls: 3:1
 * @property {string} onSecondary text on it: 4.5:1
 */

/** The columns' defaults, for colours that cannot be read. */
const DEFAULTS = ['#4682b4', '#2e86ab'];
const WHITE = '#ffffff';
const BLACK = '#000000';
/** How far a colour goes at a time towards black or white. */
const STEPS = 50;

/**
 * A business's two colours, corrected for both schemes: they go towards black or white until they can be seen.
 *
 * @param {string | null | undefined} primary `#rrggbb` or `#rgb`
 * @param {string | null | undefined} secondary
 * @returns {{light: Palette, dark: Palette}}
 */
export function palette(primary, secondary) {
    const first = readable(primary) ?? DEFAULTS[0];
    const second = readable(secondary) ?? readable(primary) ?? DEFAULTS[1];
    /** @param {typeof SURFACES.light} scheme */
    const on = ({ surface, raised, text }) => {
        const [accent, onAccent] = control(first, surface, text);
        const [other, onSecondary] = control(second, surface, text);
        const accentText = towards(first, text, (colour) => contrast(colour, surface) >= 4.5 && contrast(colour, raised) >= 4.5);
        return { accent, onAccent, accentText, secondary: other, onSecondary };
    };
    return { light: on(SURFACES.light), dark: on(SURFACES.dark) };
}

/**
 * The contrast of two colours after WCAG 2.2, from 1 to 21.
 *
 * @param {string} one `#rrggbb`
 * @param {string} other
 */
export function contrast(one, other) {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
}

/**
 * The colour of a control on a surface, and that of the text on it. White text is what most brands have, so that a colour that is
 * nearly dark enough for it is made so.
 *
 * @param {string} colour
 * @param {string} surface
 * @param {string} text of the surface, on which it can be seen for certain
 */
function control(colour, surface, text) {
    const seen = towards(colour, text, (one) => contrast(one, surface) >= 3);
    const darker = towards(seen, BLACK, (one) => contrast(one, WHITE) >= 4.5);
    if (contrast(seen, WHITE) >= 3 && contrast(darker, surface) >= 3) {
        return [darker, WHITE];
    }
    return [seen, BLACK]; // what is too light for white text is light enough for black
}

/**
 * The first colour on the way from one to another that is good enough; the other one if none is before.
 *
 * @param {string} from
 * @param {string} to
 * @param {(colour: string) => boolean} enough
 */
function towards(from, to, enough) {
    const start = channels(from);
    const end = channels(to);
    for (let step = 0; step < STEPS; step++) {
        const colour = hex(start.map((value, index) => value + ((end[index] - value) * step) / STEPS));
        if (enough(colour)) {
            return colour;
        }
    }
    return to;
}

/** @param {string} colour */
function luminance(colour) {
    const [red, green, blue] = channels(colour).map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/**
 * @param {string} colour
 * @returns {number[]} red, green and blue, 0 to 255
 */
function channels(colour) {
    return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

/** @param {number[]} values */
function hex(values) {
    return `#${values.map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`;
}

/**
 * @param {unknown} colour
 * @returns {string | null} in the form `#rrggbb`; null for what is no such colour
 */
function readable(colour) {
    const text = String(colour).toLowerCase();
    const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/.exec(text);
    if (short) {
        return `#${short.slice(1).map((digit) => digit + digit).join('')}`;
    }
    return /^#[0-9a-f]{6}$/.test(text) ? text : null;
}
