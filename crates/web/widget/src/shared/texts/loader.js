/**
 * What the loader says itself, before the panel and its texts are there; the panel is given these words. `{name}` is the bot's.
 *
 * @typedef {'open' | 'close' | 'loadFailed' | 'retry'} LoaderKey
 */

/** @type {LoaderKey[]} the order of the texts below */
export const loaderKeys = ['open', 'close', 'loadFailed', 'retry'];

/** @type {Record<string, string>} in one line each: nothing is as small */
export const loaderTexts = {
    en: 'Chat with {name}|Close the chat|The chat could not be loaded.|Try again',
    de: 'Chat mit {name}|Chat schließen|Der Chat konnte nicht geladen werden.|Erneut versuchen',
    fr: 'Discuter avec {name}|Fermer le chat|Le chat n’a pas pu être chargé.|Réessayer',
    es: 'Chatear con {name}|Cerrar el chat|No se ha podido cargar el chat.|Reintentar',
    it: 'Chatta con {name}|Chiudi la chat|Non è stato possibile caricare la chat.|Riprova',
    pt: 'Conversar com {name}|Fechar o chat|Não foi possível carregar o chat.|Tentar novamente',
    ar: 'الدردشة مع {name}|إغلاق الدردشة|تعذّر تحميل الدردشة.|إعادة المحاولة',
};
