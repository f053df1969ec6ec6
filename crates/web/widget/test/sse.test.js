import assert from 'node:assert/strict';
import { test } from 'node:test';
import { events } from '../src/shared/sse.js';
import { assertLinear, seeded } from './work.js';

function bodyOf(chunks) {
    const state = { cancelled: false };
    const rest = chunks.values();
    const body = new ReadableStream({
        pull(controller) {
            const { done, value } = rest.next();
            done ? controller.close() : controller.enqueue(value);
        },
        cancel() {
            state.cancelled = true;
        },
    });
    return { body, state };
}

const bytes = (text) => new TextEncoder().encode(text);

async function read(chunks) {
    const found = [];
    for await (const event of events(bodyOf(chunks).body)) {
        found.push(event);
    }
    return found;
}

test('an event has its name and its data, and comments and other fields are passed over', async () => {
    const text = ': still answering\n\nevent: delta\nid: 7\ndata: {"text":"a"}\nretry: 5\n\ndata: x\ndata:y\ndata\n\nevent: empty\n\n';
    assert.deepEqual(await read([bytes(text)]), [
        { event: 'delta', data: '{"text":"a"}' },
        { event: 'message', data: 'x\ny\n' },
    ]);
});

test('lines may end in any of the three ways', async () => {
    for (const end of ['\n', '\r\n', '\r']) {
        const text = `event: a${end}data: 1: 2${end}${end}event: b${end}data:  3${end}${end}`;
        assert.deepEqual(await read([bytes(text)]), [
            { event: 'a', data: '1: 2' },
            { event: 'b', data: ' 3' },
        ], JSON.stringify(end));
    }
});

test('what the body breaks off is no event', async () => {
    assert.deepEqual(await read([bytes('data: whole\n\ndata: half\n')]), [{ event: 'message', data: 'whole' }]);
    assert.deepEqual(await read([bytes('data: half')]), []);
    assert.deepEqual(await read([]), []);
});

test('it does not matter where the body is cut', async () => {
    const text = ': c\r\n\r\nevent: delta\r\ndata: {"text":"Größe 😀"}\r\n\r\nevent: done\ndata: é\n\ndata: z\r\r';
    const whole = bytes(text);
    const expected = await read([whole]);
    assert.equal(expected.length, 3);
    assert.deepEqual(await read(Array.from(whole, (byte) => Uint8Array.of(byte))), expected);
    const random = seeded(3);
    for (let round = 0; round < 300; round++) {
        const chunks = [];
        for (let at = 0; at < whole.length; ) {
            const size = random(9); // 0: an empty chunk
            chunks.push(whole.slice(at, at + size));
            at += size;
        }
        assert.deepEqual(await read(chunks), expected);
    }
});

test('whoever waits hears of every chunk, comments too', async () => {
    let heard = 0;
    const { body } = bodyOf([bytes(': a\n\n'), bytes(': b\n\n'), bytes('data: x\n\n')]);
    for await (const _ of events(body, () => heard++));
    assert.equal(heard, 3);
});

test('leaving the loop cancels the body', async () => {
    const { body, state } = bodyOf([bytes('data: 1\n\ndata: 2\n\n'), bytes('data: 3\n\n'), bytes('data: 4\n\n')]);
    for await (const { data } of events(body)) {
        assert.equal(data, '1');
        break;
    }
    assert.equal(state.cancelled, true);
});

test('a body that breaks ends in its error', async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new TypeError('network error')) });
    await assert.rejects(async () => {
        for await (const _ of events(broken));
    }, TypeError);
});

test('a long line in small chunks costs what its length costs', async () => {
    const lineOf = (length) => [bytes('data: '), ...Array.from({ length: length / 4 }, () => bytes('abcd')), bytes('\n\n')];
    assert.equal((await read(lineOf(4000)))[0].data.length, 4000);
    await assertLinear('a line', 10_000, (length) => read(lineOf(length)));
});
