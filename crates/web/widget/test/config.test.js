import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiBase, loadConfig } from '../src/shared/config.js';
import { sendJson, serve } from './server.js';

test('the calls begin at the server, whatever path is in front of it', () => {
    assert.equal(apiBase('https://chat.example', 'demo'), 'https://chat.example/api/chat-widget/public/widget/demo');
    assert.equal(apiBase('https://example.com/chat', 'ä/?'), 'https://example.com/chat/api/chat-widget/public/widget/%C3%A4%2F%3F');
});

test('the configuration is one request without cookies', async (t) => {
    const config = { widget_key: 'demo', bot_name: 'Harbour Assistant' };
    const { origin, requests } = await serve(t, (_, response) => sendJson(response, config));
    assert.deepEqual(await loadConfig(origin, 'demo'), config);
    assert.deepEqual(requests.map(({ method, url }) => `${method} ${url}`), ['GET /api/chat-widget/public/widget/demo/config']);
});

test('without a configuration there is nothing, and nothing is thrown', async (t) => {
    assert.equal(await loadConfig('http://127.0.0.1:1', 'demo'), null);
    assert.equal(await loadConfig('no address', 'demo'), null);
    let answer;
    const { origin } = await serve(t, (_, response) => answer(response));
    const answers = [
        (response) => sendJson(response, { widget_key: 'demo', error: 'words' }, 404),
        (response) => sendJson(response, { widget_key: 'demo', error: 'words' }, 403),
        (response) => response.end('<h1>A login page</h1>'),
        (response) => sendJson(response, null),
        (response) => sendJson(response, {}),
        (response) => response.destroy(),
    ];
    for (answer of answers) {
        assert.equal(await loadConfig(origin, 'demo'), null);
    }
    assert.equal(await loadConfig(origin, 'demo', AbortSignal.abort()), null);
});
