import { loaderKeys, loaderTexts } from '../shared/texts/loader.js';

/** @typedef {Record<import('../shared/texts/loader.js').LoaderKey, string>} ShellTexts */

/**
 * The loader's texts. The language is chosen as the panel chooses it, and the business's own texts go before the widget's.
 *
 * @param {(string | null | undefined)[]} wanted BCP 47, the most wanted first
 * @param {Record<string, any>} own texts by name, or by language and name
 * @returns {ShellTexts & {lang: string}} with `{name}` in them
 */
export function chooseTexts(wanted, own) {
    const bases = wanted.map((tag) => String(tag).toLowerCase().split(/[-_]/)[0]);
    const lang = bases.find((base) => loaderTexts[base] || own[base]) ?? 'en';
    const texts = (loaderTexts[lang] ?? loaderTexts.en).split('|');
    const chosen = loaderKeys.map((key, index) => [key, own[lang]?.[key] || own[key] || texts[index]]);
    return Object.fromEntries([['lang', lang], ...chosen]);
}
