/**
 * A random id of 128 bits in 32 hexadecimal digits: for sessions, by which a conversation is found, and for messages that may be
 * sent again. `crypto.randomUUID` would do, but pages served by plain `http` lack it.
 *
 * @returns {string}
 */
export function randomId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
