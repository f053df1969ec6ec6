/**
 * Styles of one widget: the launcher's colour, as the business has it, and its place. White is seen on it, as brands have it, where
 * that has 3:1 of contrast, else black; a browser that cannot reckon with colours has white. The panel has text, and corrects the colours.
 *
 * @param {string | null} primary
 * @param {string} side
 * @param {number} slot how many launchers stand before it
 */
export function ownStyles(primary, side, slot) {
    const colour = String(primary).slice(0, 7);
    const seen = `lch(from ${colour} calc((61 - l)*infinity) 0 0)`;
    return `.launcher,.head{background-color:${colour};color:${seen}}dialog{${side}:1.25em}.launcher{${side}:${1.25 + 4.5 * slot}em}`;
}
