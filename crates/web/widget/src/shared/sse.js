/**
 * A server-sent event: its `event` line (`message` where there is none) and its `data` lines, joined by line feeds.
 *
 * @typedef {{event: string, data: string}} ServerEvent
 */

/**
 * Reads server-sent events from a body, however it is cut into chunks. Comments and fields other than `event` and `data` are passed
 * over, as is an event that the end of the body leaves incomplete. Leaving the loop cancels the body.
 *
 * @param {ReadableStream<Uint8Array>} body
 * @param {() => void} [onChunk] called for every chunk, comments too: whoever waits learns that the server is there
 * @returns {AsyncGenerator<ServerEvent, void, void>}
 */
export async function* events(body, onChunk = () => {}) {
    let event = '';
    /** @type {string[]} */
    let data = [];
    for await (const line of lines(body, onChunk)) {
        if (line === '') {
            if (data.length) {
                yield { event: event || 'message', data: data.join('\n') };
            }
            event = '';
            data = [];
            continue;
        }
        const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
        if (field === 'event') {
            event = value;
        } else if (field === 'data') {
            data.push(value);
        }
    }
}

/**
 * The whole lines of a body in UTF-8; an end without a line break is none. Each chunk is looked at once, so that a long line in
 * small chunks costs no more than its length.
 *
 * @param {ReadableStream<Uint8Array>} body
 * @param {() => void} onChunk
 */
async function* lines(body, onChunk) {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    /** @type {string[]} */
    let begun = [];
    let afterReturn = false;
    try {
        for (;;) {
            const { done, value } = await reader.read();
            if (done) {
                return;
            }
            onChunk();
            let text = decoder.decode(value, { stream: true });
            if (text === '') {
                continue;
            }
            if (afterReturn && text[0] === '\n') {
                text = text.slice(1);
            }
            afterReturn = text ? text.endsWith('\r') : false;
            const parts = text.split(/\r\n|\r|\n/);
            for (const part of parts.slice(0, -1)) {
                begun.push(part);
                yield begun.join('');
                begun = [];
            }
            begun.push(parts[parts.length - 1]);
        }
    } finally {
        // Nobody reads on; a body that broke has nothing left to cancel and says so by a rejection.
        reader.cancel().catch(() => {});
    }
}
