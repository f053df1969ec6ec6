import ar from './ar.js';
import de from './de.js';
import en from './en.js';
import es from './es.js';
import fr from './fr.js';
import it from './it.js';
import pt from './pt.js';

/** @typedef {Record<keyof typeof en, string>} Texts */
/** @typedef {keyof Texts | import('./loader.js').LoaderKey} TextKey those of the loader are handed over as the business's own */

/**
 * The texts of one visitor.
 *
 * @typedef {object} Chosen
 * @property {string} lang BCP 47, for the `lang` attribute
 * @property {'ltr' | 'rtl'} dir
 * @property {(key: TextKey, params?: Record<string, string | number>) => string} t a text with its `{…}` filled in
 */

/**
 * The languages that there are.
 *
 * @type {Record<string, Texts>}
 */
export const languages = { ar, de, en, es, fr, it, pt };

/** Languages that are written from right to left, also those that only a business's own texts are in. */
const RIGHT_TO_LEFT = /^(ar|dv|fa|he|ku|ps|sd|ug|ur|yi)$/;

/**
 * Chooses the language: the first that is wanted and there is, by its primary subtag (`de` for `de-CH`); else English.
 *
 * @param {readonly (string | null | undefined)[]} wanted BCP 47, the most wanted first; blank ones are passed over
 * @param {Record<string, unknown> | null} [overrides] texts of the business's own by their name, for all languages, or by language and
 *   name (`{"de": {"welcome": ".."}}`), which also makes a language be there; what is no text is passed over
 * @returns {Chosen}
 */
export function choose(wanted, overrides) {
    const own = overrides ?? {};
    for (const tag of wanted) {
        const lang = tag?.toLowerCase().split(/[-_]/)[0];
        if (lang && (Object.hasOwn(languages, lang) || isObject(own[lang]))) {
            return texts(/** @type {string} */ (tag).replace(/_/g, '-'), lang, own);
        }
    }
    return texts('en', 'en', own);
}

/**
 * @param {string} tag
 * @param {string} lang
 * @param {Record<string, unknown>} own
 * @returns {Chosen}
 */
function texts(tag, lang, own) {
    const inLanguage = isObject(own[lang]) ? own[lang] : {};
    const built = Object.hasOwn(languages, lang) ? languages[lang] : en;
    return {
        lang: tag,
        dir: RIGHT_TO_LEFT.test(lang) ? 'rtl' : 'ltr',
        t(key, params = {}) {
            const text = [inLanguage[key], own[key]].find(isText) ?? built[/** @type {keyof Texts} */ (key)] ?? '';
            return text.replace(/\{(\w+)\}/g, (hole, name) => String(params[name] ?? hole));
        },
    };
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isObject(value) {
    return typeof value === 'object' && value !== null;
}

/**
 * @param {unknown} value
 * @returns {value is string}
 */
function isText(value) {
    return typeof value === 'string' && value.trim() !== '';
}
