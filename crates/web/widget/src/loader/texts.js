/** What the loader says itself, by the names that the panel, which has all texts, knows them by. `{name}` is the bot's. */
const KEYS = ['open', 'close', 'loadFailed', 'retry'];

/** @type {Record<string, string>} */
const TEXTS = {
    en: 'Chat with {name}|Close the chat|The chat could not be loaded.|Try again',
    de: 'Chat mit {name}|Chat schließen|Der Chat konnte nicht geladen werden.|Erneut versuchen',
    fr: 'Discuter avec {name}|Fermer le chat|Le chat n’a pas pu être chargé.|Réessayer',
    es: 'Chatear con {name}|Cerrar el chat|No se ha podido cargar el chat.|Reintentar',
    it: 'Chatta con {name}|Chiudi la chat|Non è stato possibile caricare la chat.|Riprova',
    pt: 'Conversar com {name}|Fechar o chat|Não foi possível carregar o chat.|Tentar novamente',
    ar: 'الدردشة مع {name}|إغلاق الدردشة|تعذّر تحميل الدردشة.|إعادة المحاولة',
};

/**
 * The language is chosen as the panel chooses it, and the business's own texts go before these.
 *
 * @param {(string | null | undefined)[]} wanted BCP 47, the most wanted first
 * @param {Record<string, any>} own texts by name, or by language and name
 * @param {string} name the bot's
 */
export function chooseTexts(wanted, own, name) {
    const bases = wanted.map((tag) => String(tag).toLowerCase().split(/[-_]/)[0]);
    const lang = bases.find((base) => TEXTS[base] || own[base]) ?? 'en';
    const texts = (TEXTS[lang] ?? TEXTS.en).split('|');
    const [open, close, loadFailed, retry] = KEYS.map((key, index) =>
        String(own[lang]?.[key] || own[key] || texts[index]).replace('{name}', () => name),
    );
    return { lang, open, close, loadFailed, retry };
}
