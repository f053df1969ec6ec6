import { SURFACES, palette } from '../shared/colour.js';

/** The colour of faults, with 4.5:1 on each surface. */
const ERROR = { light: { error: '#b3261e' }, dark: { error: '#ff8f85' } };

/**
 * The colours of a panel, for a light and a dark scheme, as variables for the styles.
 *
 * @param {import('../shared/config.js').Config} config
 */
export function variables({ primary_color, secondary_color }) {
    const { light, dark } = palette(primary_color, secondary_color);
    const rules = `.panel{${list(SURFACES.light, ERROR.light, light)}}`;
    return `${rules}@media(prefers-color-scheme:dark){.panel{${list(SURFACES.dark, ERROR.dark, dark)}}}`;
}

/** @param {...object} values */
function list(...values) {
    return Object.entries(Object.assign({}, ...values))
        .map(([name, value]) => `--${name}:${value};`)
        .join('');
}
