import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '../src/shared/client.js';
import { Problem } from '../src/shared/problem.js';
import { sendJson, serve } from './server.js';

const SENDING = { text: 'Is there parking?', clientMessageId: 'm1', session: 's'.repeat(32), conversation: null };
const ANSWER = {
    message_id: 4, conversation_id: 6281029442887672, response: 'Yes: behind the building.', confidence: 0.95, truncated: false,
    suggestions: [], notice: null, timestamp: '2026-11-24T01:13:51.048Z', source: 'llm', sources: [{ id: 3, question: 'Parking?' }],
};

function stream(response, text) {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.write(text);
}

const event = (name, data) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

async function problemOf(promise) {
    const problem = await promise.then(() => assert.fail('the call succeeded'), (error) => error);
    assert.ok(problem instanceof Problem, String(problem));
    const { kind, code, retryAfter, requestId } = problem;
    return { kind, code, retryAfter, requestId };
}

test('a message is answered piece by piece, then as a whole', async (t) => {
    const { origin, requests } = await serve(t, (_, response) => {
        stream(response, `: still answering\n\n${event('delta', { text: 'Yes: ' })}`);
        response.end(event('delta', { text: 'behind the building.' }) + event('done', ANSWER));
    });
    const pieces = [];
    const client = createClient({ backend: origin, widgetKey: 'a/b' });
    const page = { url: 'https://example.com/', referrer: 'https://example.org/' };
    const answer = await client.send({ ...SENDING, page, onDelta: (piece) => pieces.push(piece) });
    assert.deepEqual(answer, ANSWER);
    assert.deepEqual(pieces, ['Yes: ', 'behind the building.']);
    const [{ method, url, headers, body }] = requests;
    assert.equal(`${method} ${url}`, 'POST /api/chat-widget/public/widget/a%2Fb/message');
    assert.equal(headers.accept, 'text/event-stream');
    assert.equal(headers['content-type'], 'application/json');
    assert.deepEqual(body, {
        message_text: 'Is there parking?', client_message_id: 'm1', session_id: SENDING.session, visitor_session_id: SENDING.session,
        conversation_id: null, page_url: 'https://example.com/', referrer_url: 'https://example.org/',
    });
});

test('a plain answer does as well, and what an older server leaves out is filled in', async (t) => {
    const { origin } = await serve(t, (_, response) => sendJson(response, { message_id: 1, conversation_id: 2, response: 'Yes.' }));
    const answer = await createClient({ backend: origin, widgetKey: 'demo' }).send(SENDING);
    assert.deepEqual(answer, { message_id: 1, conversation_id: 2, response: 'Yes.', suggestions: [], source: null, sources: [] });
});

test('each call goes to its address with its fields', async (t) => {
    const { origin, requests } = await serve(t, (_, response) => sendJson(response, []));
    const client = createClient({ backend: origin, widgetKey: 'demo' });
    await client.messages({ conversation: 7 });
    await client.messages({ conversation: 7, after: 9 });
    await client.status({ conversation: 7 });
    await client.feedback({ message: 9, helpful: false });
    await client.feedback({ message: 9, comment: 'Too short' });
    await client.feedback({ message: 9, helpful: null });
    await client.captureLead({ conversation: 7, clientMessageId: 'l1', email: 'anna@example.com' });
    await client.end({ conversation: 7 });
    await client.erase({ conversation: 7 });
    assert.deepEqual(
        requests.map(({ method, url, body }) => [`${method} ${url.replace('/api/chat-widget/public/widget/demo', '')}`, body]),
        [
            ['GET /conversations/7/messages', null],
            ['GET /conversations/7/messages?after=9', null],
            ['GET /conversations/7/status', null],
            ['POST /feedback', { message_id: 9, was_helpful: false }],
            ['POST /feedback', { message_id: 9, feedback_text: 'Too short' }],
            ['POST /feedback', { message_id: 9, was_helpful: null }],
            ['POST /capture-lead', { conversation_id: 7, client_message_id: 'l1', visitor_email: 'anna@example.com' }],
            ['POST /conversations/7/end', {}],
            ['DELETE /conversations/7', null],
        ],
    );
    assert.ok(requests.every(({ headers }) => !headers.cookie && !headers.authorization));
});

test('a conversation is opened for its session', async (t) => {
    const { origin, requests } = await serve(t, (_, response) => sendJson(response, { conversation_id: 7, existing: false }));
    const client = createClient({ backend: origin, widgetKey: 'demo' });
    const page = { url: 'https://example.com/', referrer: '' };
    assert.deepEqual(await client.open({ session: SENDING.session, page }), { conversation_id: 7, existing: false });
    const [{ method, url, body }] = requests;
    assert.equal(`${method} ${url}`, 'POST /api/chat-widget/public/widget/demo/conversation');
    assert.deepEqual(body, { session_id: SENDING.session, visitor_session_id: SENDING.session, page_url: 'https://example.com/', referrer_url: '' });
});

test('all of a conversation is read, however many pages it has', async (t) => {
    for (const total of [0, 1, 199, 200, 201, 400, 450]) {
        const { origin, requests } = await serve(t, ({ url }, response) => {
            const before = Number(new URL(url, 'http://localhost').searchParams.get('before') ?? total + 1);
            const ids = Array.from({ length: before - 1 }, (_, index) => index + 1).slice(-200);
            sendJson(response, ids.map((id) => ({ id })));
        });
        const all = await createClient({ backend: origin, widgetKey: 'demo' }).wholeConversation({ conversation: 7 });
        assert.deepEqual(all.map(({ id }) => id), Array.from({ length: total }, (_, index) => index + 1));
        assert.equal(requests.length, Math.floor(total / 200) + 1);
    }
});

test("a problem's message is its code, or its kind", () => {
    assert.equal(new Problem('busy', 'overloaded').message, 'overloaded');
    assert.equal(new Problem('cut').message, 'cut');
});

test('an error says what a visitor can do', async (t) => {
    const cases = [
        [429, 'rate_limited', { 'retry-after': '12' }, 'limited', 12],
        [503, 'overloaded', { 'retry-after': '2' }, 'busy', 2],
        [503, 'database_unavailable', {}, 'busy', null],
        [409, 'still_answering', { 'retry-after': '1' }, 'busy', 1],
        [404, 'conversation_not_found', {}, 'gone', null],
        [404, 'widget_not_found', {}, 'refused', null],
        [403, 'origin_not_allowed', {}, 'refused', null],
        [400, 'invalid_message', {}, 'refused', null],
        [422, 'idempotency_key_reused', {}, 'refused', null],
        [408, 'body_too_slow', {}, 'cut', null],
        [500, 'internal_error', {}, 'failed', null],
        [429, 'a_new_code', { 'retry-after': '999999' }, 'limited', 3600],
        [429, 'a_new_code', { 'retry-after': 'Wed, 25 Nov 2026 15:00:00 GMT' }, 'limited', null],
        [503, 'overloaded', { 'retry-after': '0' }, 'busy', 0],
        [429, 'a_new_code', { 'retry-after': '-5' }, 'limited', null],
        [500, 'constructor', {}, 'failed', null],
    ];
    let turn = 0;
    const { origin } = await serve(t, (_, response) => {
        const [status, code, headers] = cases[turn];
        sendJson(response, { error: 'words', code, request_id: `r${turn}` }, status, headers);
    });
    const client = createClient({ backend: origin, widgetKey: 'demo' });
    for (; turn < cases.length; turn++) {
        const [, code, , kind, retryAfter] = cases[turn];
        assert.deepEqual(await problemOf(client.send(SENDING)), { kind, code, retryAfter, requestId: `r${turn}` });
    }
});

test("a proxy's error page is understood by its status", async (t) => {
    let status;
    const { origin } = await serve(t, (_, response) => {
        response.writeHead(status, { 'content-type': 'text/html', 'x-request-id': 'r1' });
        response.end('<h1>Bad gateway</h1>');
    });
    const client = createClient({ backend: origin, widgetKey: 'demo' });
    for (const [code, kind] of [[502, 'busy'], [503, 'busy'], [504, 'busy'], [500, 'failed'], [404, 'refused'], [413, 'refused']]) {
        status = code;
        assert.deepEqual(await problemOf(client.status({ conversation: 1 })), { kind, code: null, retryAfter: null, requestId: 'r1' });
    }
});

test('a server that is away is told from a connection that breaks', async (t) => {
    const client = createClient({ backend: 'http://127.0.0.1:1', widgetKey: 'demo' });
    assert.equal((await problemOf(client.send(SENDING))).kind, 'offline');
    const pieces = [];
    const { origin } = await serve(t, (_, response) => {
        stream(response, event('delta', { text: 'Yes' }));
        setImmediate(() => response.destroy());
    });
    const cut = createClient({ backend: origin, widgetKey: 'demo' }).send({ ...SENDING, onDelta: (piece) => pieces.push(piece) });
    assert.equal((await problemOf(cut)).kind, 'cut');
});

test('a stream that ends without its last event is cut', async (t) => {
    const { origin } = await serve(t, (_, response) => {
        stream(response, event('delta', { text: 'Yes' }));
        response.end();
    });
    assert.equal((await problemOf(createClient({ backend: origin, widgetKey: 'demo' }).send(SENDING))).kind, 'cut');
});

test('an error in the stream is an error like others', async (t) => {
    const { origin } = await serve(t, (_, response) => {
        stream(response, event('delta', { text: 'Yes' }));
        response.end(event('error', { error: 'words', code: 'database_unavailable', request_id: 'r1' }));
    });
    const problem = await problemOf(createClient({ backend: origin, widgetKey: 'demo' }).send(SENDING));
    assert.deepEqual(problem, { kind: 'busy', code: 'database_unavailable', retryAfter: null, requestId: 'r1' });
});

test('what is no answer is none', async (t) => {
    let body;
    const { origin } = await serve(t, (_, response) => sendJson(response, body));
    const client = createClient({ backend: origin, widgetKey: 'demo' });
    for (body of [{ response: null }, {}, 'text', null]) {
        assert.equal((await problemOf(client.send(SENDING))).kind, 'failed', JSON.stringify(body));
    }
});

test('stopping ends the call and is no problem', async (t) => {
    let closed;
    const gone = new Promise((resolve) => (closed = resolve));
    const { origin } = await serve(t, (_, response) => {
        response.on('close', closed);
        stream(response, event('delta', { text: 'Yes' }));
    });
    const stop = new AbortController();
    const sent = createClient({ backend: origin, widgetKey: 'demo' }).send({ ...SENDING, signal: stop.signal, onDelta: () => stop.abort() });
    await assert.rejects(sent, { name: 'AbortError' });
    await gone;
});

test('a call that was stopped before it began makes no request', async (t) => {
    const { origin, requests } = await serve(t, (_, response) => sendJson(response, []));
    const client = createClient({ backend: origin, widgetKey: 'demo' });
    await assert.rejects(client.messages({ conversation: 1, signal: AbortSignal.abort() }), { name: 'AbortError' });
    assert.equal(requests.length, 0);
});

/** A `fetch` whose body sends what is put into it, and breaks when the call is given up. */
function quiet() {
    /** @type {ReadableStreamDefaultController} */
    let controller;
    const fetch = async (_, { signal }) => {
        const body = new ReadableStream({ start: (given) => (controller = given) });
        signal.addEventListener('abort', () => controller.error(signal.reason));
        return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    };
    return { fetch, put: (text) => controller.enqueue(new TextEncoder().encode(text)) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a silence of 40 s cuts a call, and a comment is no silence', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { fetch, put } = quiet();
    const sent = problemOf(createClient({ backend: 'https://example.com', widgetKey: 'demo', fetch }).send(SENDING));
    let over = false;
    sent.then(() => (over = true));
    for (let minute = 0; minute < 3; minute++) {
        await settled();
        t.mock.timers.tick(39_999);
        await settled();
        assert.equal(over, false);
        put(': still answering\n\n');
    }
    await settled();
    t.mock.timers.tick(40_000);
    assert.equal((await sent).kind, 'cut');
});

test('a server that does not even begin to answer cuts the call, too', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const fetch = (_, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const sent = problemOf(createClient({ backend: 'https://example.com', widgetKey: 'demo', fetch }).status({ conversation: 1 }));
    t.mock.timers.tick(40_000);
    assert.equal((await sent).kind, 'cut');
});

test('a call that is over leaves nothing behind', async (t) => {
    const { origin } = await serve(t, (_, response) => sendJson(response, []));
    const { signal } = new AbortController();
    const listeners = new Set();
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (type, listener) => (listeners.add(listener), addEventListener.call(signal, type, listener));
    signal.removeEventListener = (type, listener) => (listeners.delete(listener), removeEventListener.call(signal, type, listener));
    await createClient({ backend: origin, widgetKey: 'demo' }).messages({ conversation: 1, signal });
    assert.equal(listeners.size, 0);
});
