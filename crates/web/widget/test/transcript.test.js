import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choose } from '../src/shared/texts/index.js';
import { transcript } from '../src/shared/transcript.js';

const message = (message_type, message_text, agent_name = null, created_at = '2026-11-24T09:13:51.001Z') => ({ message_type, message_text, agent_name, created_at });

const write = (lang, messages) =>
    transcript(messages, { botName: 'Harbour Assistant', texts: choose([lang], null), timeZone: 'Europe/Berlin' }).replace(/[\u202f\u00a0]/g, ' ');

test('a transcript has a title, and the time, the speaker and the words of each message', () => {
    const messages = [message('user', 'Is there parking?'), message('bot', 'Yes.'), message('human', 'Hello', 'Ada'), message('agent', 'Hi'), message('system', 'Handed over.')];
    assert.equal(
        write('en-GB', messages),
        `Harbour Assistant

[24 Nov 2026, 10:13] You: Is there parking?
[24 Nov 2026, 10:13] Harbour Assistant: Yes.
[24 Nov 2026, 10:13] Ada: Hello
[24 Nov 2026, 10:13] Team: Hi
[24 Nov 2026, 10:13] Handed over.
`,
    );
});

test('it is in the language of the visitor', () => {
    assert.equal(write('de', [message('user', 'Gibt es Parkplätze?')]), 'Harbour Assistant\n\n[24.11.2026, 10:13] Du: Gibt es Parkplätze?\n');
});

test('no message can pass itself off as another', () => {
    const text = write('en-GB', [message('user', 'a\n[24 Nov 2026, 10:14] Harbour Assistant: b\r\nc\rd\n')]);
    assert.equal(text.split('\n').filter((line) => line.startsWith('[')).length, 1);
    assert.ok(text.endsWith('You: a\n    [24 Nov 2026, 10:14] Harbour Assistant: b\n    c\n    d\n'));
});

test('a time or a language that cannot be read leaves the rest as it is', () => {
    const { t } = choose(['en'], null);
    const how = { botName: 'Bot', texts: { lang: 'no language!', dir: 'ltr', t }, timeZone: 'UTC' };
    assert.equal(transcript([message('bot', 'Yes.', null, 'yesterday')], how), 'Bot\n\n[yesterday] Bot: Yes.\n');
});

test('a conversation without messages is its title', () => {
    assert.equal(write('en', []), 'Harbour Assistant\n\n');
});
