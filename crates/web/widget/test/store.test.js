import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomId } from '../src/shared/ids.js';
import { createStore } from '../src/shared/store.js';

function storage() {
    const items = new Map();
    return {
        items,
        getItem: (key) => items.get(key) ?? null,
        setItem: (key, value) => void items.set(key, value),
        removeItem: (key) => void items.delete(key),
    };
}

const SESSION = '0123456789abcdef0123456789abcdef';

test('ids have 128 bits and do not come twice', () => {
    const ids = Array.from({ length: 1000 }, randomId);
    assert.ok(ids.every((id) => /^[0-9a-f]{32}$/.test(id)));
    assert.equal(new Set(ids).size, 1000);
    const zeros = ids.join('').split('').filter((digit) => digit === '0').length;
    assert.ok(zeros > 1700 && zeros < 2300, `${zeros} of 32,000 digits are 0`);
});

test('nothing is stored before the first message', () => {
    const place = storage();
    const store = createStore('demo', () => place);
    const { session, conversation } = store.read();
    assert.match(session, /^[0-9a-f]{32}$/);
    assert.equal(conversation, null);
    assert.equal(store.read().session, session);
    assert.equal(place.items.size, 0);
});

test('what was written is there after a reload, for its widget alone', () => {
    const place = storage();
    const store = createStore('demo', () => place);
    const { session } = store.read();
    store.write(6281029442887672);
    assert.deepEqual([...place.items.keys()], ['frontdesk:demo']);
    assert.deepEqual(createStore('demo', () => place).read(), { session, conversation: 6281029442887672 });
    assert.notEqual(createStore('other', () => place).read().session, session);
});

test('clearing forgets the conversation and its session', () => {
    const place = storage();
    const store = createStore('demo', () => place);
    const { session } = store.read();
    store.write(7);
    store.clear();
    assert.equal(place.items.size, 0);
    assert.notEqual(store.read().session, session);
    assert.equal(store.read().conversation, null);
});

test('memory does where the browser refuses', () => {
    const refusal = () => {
        throw new DOMException('refused', 'SecurityError');
    };
    for (const open of [refusal, () => ({ getItem: refusal, setItem: refusal, removeItem: refusal })]) {
        const store = createStore('demo', open);
        const { session } = store.read();
        store.write(7);
        assert.deepEqual(store.read(), { session, conversation: 7 });
        store.clear();
        assert.notEqual(store.read().session, session);
    }
});

test('a browser that cannot delete does not bring a cleared session back', () => {
    const place = { ...storage(), removeItem: () => { throw new DOMException('refused'); } };
    const store = createStore('demo', () => place);
    store.write(7);
    const { session } = store.read();
    store.clear();
    assert.notEqual(store.read().session, session);
});

test('what others left under the key counts for nothing', () => {
    const left = ['', 'x', 'null', '7', '[]', '{}', '{"session":7}', '{"session":"short"}', `{"session":"${SESSION}x"}`, '{"session":null,"conversation":7}'];
    for (const text of left) {
        const place = storage();
        place.setItem('frontdesk:demo', text);
        const { session, conversation } = createStore('demo', () => place).read();
        assert.match(session, /^[0-9a-f]{32}$/, text);
        assert.equal(conversation, null, text);
    }
    for (const conversation of ['"7"', '1.5', '1e30', '{}', 'true']) {
        const place = storage();
        place.setItem('frontdesk:demo', `{"session":"${SESSION}","conversation":${conversation}}`);
        assert.deepEqual(createStore('demo', () => place).read(), { session: SESSION, conversation: null });
    }
});

test('that contact details were asked for is kept with the conversation, and forgotten with it', () => {
    const place = storage();
    const store = createStore('demo', () => place);
    store.write(7);
    assert.equal(store.read().lead, undefined);
    store.askedForLead();
    const { session } = store.read();
    assert.deepEqual(createStore('demo', () => place).read(), { session, conversation: 7, lead: true });
    store.clear();
    assert.equal(store.read().lead, undefined);
});
