import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contrast, palette, SURFACES } from '../src/shared/colour.js';
import { seeded } from './work.js';

test('contrast is what WCAG says', () => {
    assert.equal(contrast('#ffffff', '#000000'), 21);
    assert.equal(contrast('#123456', '#123456'), 1);
    assert.equal(contrast('#0a0a0a', '#000000').toFixed(4), '1.0607');
    assert.equal(contrast('#767676', '#ffffff').toFixed(2), '4.54');
    assert.equal(contrast('#ffffff', '#4682b4').toFixed(2), '4.11');
});

test('the surfaces can be read', () => {
    for (const { surface, raised, text, muted, border } of Object.values(SURFACES)) {
        for (const ground of [surface, raised]) {
            assert.ok(contrast(text, ground) >= 7);
            assert.ok(contrast(muted, ground) >= 4.5);
            assert.ok(contrast(border, ground) >= 3);
        }
    }
});

function assertReadable(name, [primary, secondary]) {
    const colours = palette(primary, secondary);
    for (const scheme of ['light', 'dark']) {
        const { surface, raised } = SURFACES[scheme];
        const { accent, onAccent, accentText, secondary: other, onSecondary } = colours[scheme];
        const all = [accent, onAccent, accentText, other, onSecondary];
        assert.ok(all.every((colour) => /^#[0-9a-f]{6}$/.test(colour)), `${name}: ${all}`);
        const found = [contrast(accent, surface), contrast(other, surface), contrast(onAccent, accent), contrast(onSecondary, other),
            contrast(accentText, surface), contrast(accentText, raised)];
        const least = [3, 3, 4.5, 4.5, 4.5, 4.5];
        assert.ok(found.every((value, index) => value >= least[index]), `${name}, ${scheme}: ${found.map((value) => value.toFixed(2))}`);
    }
}

test('any colours become readable in both schemes', () => {
    const random = seeded(5);
    const any = () => `#${random(1 << 24).toString(16).padStart(6, '0')}`;
    const corners = ['#000000', '#ffffff', '#ff0000', '#00ff00', '#0000ff', '#ffff00', '#00ffff', '#ff00ff', '#808080', '#4682b4', '#2e86ab'];
    const colours = [...corners, ...Array.from({ length: 2000 }, any)];
    for (const colour of colours) {
        assertReadable(colour, [colour, any()]);
    }
});

test('a colour that is good enough stays as it is', () => {
    const { light, dark } = palette('#0b5d3b', '#8a1c5c');
    assert.deepEqual([light.accent, light.onAccent, light.accentText, light.secondary], ['#0b5d3b', '#ffffff', '#0b5d3b', '#8a1c5c']);
    assert.notEqual(dark.accent, '#0b5d3b');
    const yellow = palette('#ffee00', '#ffee00').dark;
    assert.deepEqual([yellow.accent, yellow.onAccent, yellow.accentText], ['#ffee00', '#000000', '#ffee00']);
});

test('a colour is changed no more than it has to be', () => {
    const { light } = palette('#4682B4', '#4682B4');
    assert.equal(light.onAccent, '#ffffff');
    assert.ok(contrast(light.accent, '#ffffff') < 4.8, light.accent);
});

test('three digits do, and what is no colour is the default', () => {
    assert.deepEqual(palette('#0a5', '#ABC'), palette('#00aa55', '#aabbcc'));
    for (const none of [null, undefined, '', 'red', '#12345', '#12345g', '#1234567', 'url(x)', '#fff;}*{color:red', 7, {}]) {
        assert.deepEqual(palette(none, none), palette('#4682b4', '#2e86ab'), String(none));
    }
    assert.deepEqual(palette('#0a5', null), palette('#0a5', '#0a5'));
});
