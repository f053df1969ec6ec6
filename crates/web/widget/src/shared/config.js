/**
 * A widget's configuration, as `GET /public/widget/{key}/config` gives it; the fields that the widget reads. Those after
 * `practice_phone` are missing from older servers.
 *
 * @typedef {object} Config
 * @property {string} widget_key
 * @property {string} widget_name
 * @property {string | null} primary_color
 * @property {string | null} secondary_color
 * @property {string | null} position `bottom-right` or `bottom-left`
 * @property {string | null} welcome_message
 * @property {string | null} bot_name
 * @property {string | null} bot_avatar_url
 * @property {boolean} enable_email_capture
 * @property {boolean} enable_phone_capture
 * @property {unknown} business_hours whatever JSON the business has stored
 * @property {string | null} offline_message
 * @property {string | null} practice_phone
 * @property {string | null} [timezone] of `business_hours`, an IANA name
 * @property {string | null} [language] BCP 47
 * @property {string | null} [privacy_url]
 * @property {boolean} [ai_notice] true where it is missing
 * @property {boolean} [consent_required] false where it is missing
 * @property {Record<string, unknown> | null} [texts] replaces texts of the widget
 */

/**
 * Where the public calls of a widget begin.
 *
 * @param {string} backend the server's origin, with the path in front of its routes if there is one, without a last `/`
 * @param {string} widgetKey
 * @returns {string} without a last `/`
 */
export function apiBase(backend, widgetKey) {
    return `${backend}/api/chat-widget/public/widget/${encodeURIComponent(widgetKey)}`;
}

/**
 * Asks for a widget's configuration. A page must not notice a server that is away: nothing is thrown.
 *
 * @param {string} backend
 * @param {string} widgetKey
 * @param {AbortSignal} [signal]
 * @returns {Promise<Config | null>} null where there is no such widget, where it may not be used here, or without an answer
 */
export async function loadConfig(backend, widgetKey, signal) {
    try {
        const response = await fetch(`${apiBase(backend, widgetKey)}/config`, { credentials: 'omit', signal });
        const config = response.ok ? await response.json() : null;
        return config?.widget_key ? config : null;
    } catch {
        return null; // away, refused or aborted: the page does without the widget
    }
}
