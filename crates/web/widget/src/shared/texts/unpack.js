import en from './en.js';

/**
 * The texts of a language as the build has packed them: without their names, in the order of the English ones.
 *
 * @param {string} packed
 * @returns {import('./index.js').Texts}
 */
export function unpack(packed) {
    const texts = packed.split('|');
    return /** @type {import('./index.js').Texts} */ (Object.fromEntries(Object.keys(en).map((key, index) => [key, texts[index]])));
}
