import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choose, languages } from '../src/shared/texts/index.js';
import { loaderKeys, loaderTexts } from '../src/shared/texts/loader.js';

const holes = (text) => (text.match(/\{\w+\}/g) ?? []).sort();
const isOther = (lang) => lang !== 'en';

test('there are the seven languages, each with every text', () => {
    assert.deepEqual(Object.keys(languages).sort(), ['ar', 'de', 'en', 'es', 'fr', 'it', 'pt']);
    for (const [lang, texts] of Object.entries(languages)) {
        assert.deepEqual(Object.keys(texts), Object.keys(languages.en), lang);
        for (const [key, text] of Object.entries(texts)) {
            assert.equal(text, text.trim(), `${lang}.${key}`);
            assert.notEqual(text, '', `${lang}.${key}`);
            assert.deepEqual(holes(text), holes(languages.en[key]), `${lang}.${key}`);
        }
    }
});

test("the loader has its texts in the panel's languages", () => {
    assert.deepEqual(Object.keys(loaderTexts).sort(), Object.keys(languages).sort());
    for (const [lang, texts] of Object.entries(loaderTexts)) {
        const parts = texts.split('|');
        assert.equal(parts.length, loaderKeys.length, lang);
        assert.deepEqual(parts.map(holes), [['{name}'], [], [], []], lang);
        assert.equal(new Set(parts).size, parts.length);
    }
    assert.equal(Object.keys(languages.en).filter((key) => loaderKeys.includes(key)).length, 0, 'a text has one place');
});

test('no text has the mark by which the build parts them', () => {
    assert.ok(Object.values(languages).every((texts) => Object.values(texts).every((text) => !text.includes('|'))));
});

/** Words that are the same in two languages. */
const SAME = {
    de: ['team', 'name'],
    fr: ['defaultName', 'menu', 'conversation', 'email'],
    es: [],
    it: ['menu', 'team', 'privacy', 'email'],
    pt: ['menu', 'email'],
    ar: [],
};

test('every text is translated', () => {
    for (const lang of Object.keys(languages).filter(isOther)) {
        const same = Object.keys(languages.en).filter((key) => languages[lang][key] === languages.en[key]);
        assert.deepEqual(same.filter((key) => !SAME[lang].includes(key)), [], lang);
    }
});

test('quotation marks and dots are those of print', () => {
    for (const [lang, texts] of Object.entries(languages)) {
        for (const [key, text] of Object.entries(texts)) {
            assert.doesNotMatch(text, /\.\.\.|["']| {2}/, `${lang}.${key}`);
        }
    }
});

test('a line of French does not break in front of its punctuation', () => {
    const texts = Object.values(languages.fr);
    assert.ok(texts.every((text) => !/ [!?;:]/.test(text)));
    assert.ok(texts.some((text) => /\u00a0[?]/.test(text)));
});

test('Arabic is written with Arabic punctuation', () => {
    for (const [key, text] of Object.entries(languages.ar)) {
        assert.match(text, /[\u0600-\u06ff]/, key);
        assert.doesNotMatch(text.replace('anna@example.com', ''), /[?;,]/, key);
    }
});

test('the first language that there is gets chosen, by its primary subtag', () => {
    const chosen = (...wanted) => choose(wanted, null).lang;
    assert.equal(chosen('de'), 'de');
    assert.equal(chosen('nl', 'fr-CA', 'de'), 'fr-CA');
    assert.equal(chosen('pt_BR'), 'pt-BR');
    assert.equal(chosen('DE-at'), 'DE-at');
    assert.equal(chosen(null, undefined, '', 'es'), 'es');
    assert.equal(chosen('nl', 'xx'), 'en');
    assert.equal(chosen(), 'en');
    assert.equal(chosen('constructor', '__proto__', 'toString'), 'en');
    assert.equal(choose(['pt_BR'], null).t('send'), languages.pt.send);
});

test('Arabic goes from right to left', () => {
    assert.equal(choose(['ar-EG'], null).dir, 'rtl');
    assert.equal(choose(['he'], { he: { send: 'שליחה' } }).dir, 'rtl');
    assert.equal(choose(['de'], null).dir, 'ltr');
    assert.equal(choose(['he'], null).dir, 'ltr', 'there are no Hebrew texts, so it is English');
});

test("a text's holes are filled, with what looks like a hole or a pattern too", () => {
    const { t } = choose(['en'], null);
    assert.equal(t('retryIn', { seconds: 12 }), 'Trying again in 12 s');
    assert.equal(t('typing', { name: '$& {name} <b>' }), '$& {name} <b> is typing…');
    assert.equal(t('typing'), '{name} is typing…');
    assert.equal(t('typing', { toString: 'x' }), '{name} is typing…');
});

test("a business's own texts go before the widget's, those of the language first", () => {
    const overrides = { send: 'Go', welcome: 'Hi', de: { welcome: 'Moin', send: '  ' }, nl: { send: 'Verstuur' } };
    const own = (lang) => [choose([lang], overrides).lang, ...['send', 'welcome', 'stop'].map((key) => choose([lang], overrides).t(key))];
    assert.deepEqual(own('en'), ['en', 'Go', 'Hi', languages.en.stop]);
    assert.deepEqual(own('de-CH'), ['de-CH', 'Go', 'Moin', languages.de.stop]);
    assert.deepEqual(own('nl'), ['nl', 'Verstuur', 'Hi', languages.en.stop]);
});

test('overrides that are no texts count for nothing', () => {
    for (const overrides of [{}, { send: null }, { send: 7 }, { send: ' ' }, { de: null, send: {} }, { de: 'x' }, { de: [] }]) {
        assert.equal(choose(['de'], overrides).t('send'), 'Senden', JSON.stringify(overrides));
    }
});
