import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backendOf } from '../src/loader/host.js';
import { ownStyles } from '../src/loader/own_styles.js';
import { chooseTexts } from '../src/loader/texts.js';
import { choose, languages } from '../src/shared/texts/index.js';
import { loaderKeys, loaderTexts } from '../src/shared/texts/loader.js';

test('the server is where the script came from, with the path in front of it', () => {
    const cases = [
        ['https://chat.example.com/widget.js', 'https://chat.example.com'],
        ['https://chat.example.com:8443/widget.js?v=2', 'https://chat.example.com:8443'],
        ['https://example.com/desk/chat/widget.js', 'https://example.com/desk/chat'],
        ['https://example.com/widget/0123456789ab/loader.js', 'https://example.com'],
        ['https://example.com/desk/widget/0123456789ab/loader.js', 'https://example.com/desk'],
        ['https://example.com/public/some-widget-v2.js', 'https://example.com'],
        ['', undefined],
        [undefined, undefined],
    ];
    for (const [source, backend] of cases) {
        assert.equal(backendOf(source), backend, source);
    }
});

test('the loader has its words in all languages of the panel', () => {
    assert.deepEqual(Object.keys(loaderTexts).sort(), Object.keys(languages).sort());
    for (const [lang, packed] of Object.entries(loaderTexts)) {
        const texts = packed.split('|');
        assert.equal(texts.length, loaderKeys.length, lang);
        assert.ok(texts.every((text) => text && text === text.trim()), lang);
        assert.deepEqual(texts.map((text) => text.includes('{name}')), [true, false, false, false], lang);
    }
    assert.equal(new Set(Object.values(loaderTexts).join('|').split('|')).size, 7 * loaderKeys.length, 'none is left in another language');
});

test('the loader chooses the language that the panel chooses', () => {
    const own = { nl: { send: 'Stuur', open: 'Chat met {name}' } };
    const wishes = [[], ['de-CH'], ['xx', 'pt_BR', 'fr'], [null, undefined, '', 'AR-eg'], ['nl', 'de'], ['xx'], ['en-GB', 'de']];
    for (const wanted of wishes) {
        const { lang } = chooseTexts(wanted, own);
        assert.equal(lang, choose(wanted, own).lang.toLowerCase().split('-')[0], JSON.stringify(wanted));
    }
});

test("a business's own words go before the loader's, those of the language first", () => {
    const own = { close: 'Shut', retry: '', de: { close: 'Zu', loadFailed: null }, nl: { open: 'Chat met {name}' } };
    assert.deepEqual(chooseTexts(['de'], own), {
        lang: 'de',
        open: 'Chat mit {name}',
        close: 'Zu',
        loadFailed: 'Der Chat konnte nicht geladen werden.',
        retry: 'Erneut versuchen',
    });
    assert.equal(chooseTexts(['fr'], own).close, 'Shut');
    assert.deepEqual(chooseTexts(['nl'], own), { ...chooseTexts(['en'], own), lang: 'nl', open: 'Chat met {name}' });
});

test('the panel has the words that the loader gave it', () => {
    const { t } = choose(['de'], chooseTexts(['de'], {}));
    assert.equal(t('open', { name: 'Ada' }), 'Chat mit Ada');
    assert.equal(t('retry'), 'Erneut versuchen');
});

test('the launcher stands on its side, beside those before it', () => {
    assert.match(ownStyles('#123456', 'left', 0), /\.launcher\{left:1\.25em\}$/);
    assert.match(ownStyles('#123456', 'right', 2), /\.launcher\{right:10\.25em\}$/);
});

test('a colour cannot be more than one', () => {
    assert.ok(!ownStyles('#123456}*{display:none', 'left', 0).includes('display'));
    assert.match(ownStyles(null, 'left', 0), /background-color:null;/, 'which browsers pass over');
});
