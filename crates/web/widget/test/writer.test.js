import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWriter } from '../src/panel/writer.js';
import { render } from '../src/shared/markdown.js';
import { document, html } from './document.js';
import { seeded } from './work.js';

/** A page whose frames come when the test says so. */
function page() {
    const frames = [];
    Object.assign(globalThis, {
        document,
        requestAnimationFrame: (step) => frames.push(step),
        cancelAnimationFrame: () => frames.splice(0),
    });
    return { frames, frame: () => frames.splice(0).forEach((step) => step()) };
}

const PARTS = ['Words *of* a paragraph.', '**bold\nover lines**', '- one\n- two', '- a\n\n- b', '1. first\n\n2. second', '   indented', '```\ncode\n\nmore code\n```', '~~~\n- x\n\ny\n~~~',
    '[link](https://example.com)', '```\nnever closed', '5 things', '+ plus', '', '\n'];

test('an answer that comes in pieces is drawn as one that comes at once', () => {
    const random = seeded(1);
    for (let round = 0; round < 300; round++) {
        const { frame } = page();
        const text = Array.from({ length: 1 + random(8) }, () => PARTS[random(PARTS.length)]).join('\n\n');
        const element = document.createElement('div');
        const writer = createWriter(element, () => {});
        for (let at = 0; at < text.length; ) {
            const to = at + 1 + random(12);
            writer.push(text.slice(at, to));
            at = to;
            frame();
        }
        writer.finish();
        assert.equal(html(element), `<div>${html(render(text, document))}</div>`, JSON.stringify(text));
    }
});

test('however many pieces come, a frame has one drawing', () => {
    const { frames, frame } = page();
    let drawings = 0;
    const writer = createWriter(document.createElement('div'), () => drawings++);
    for (const piece of 'Hello there') {
        writer.push(piece);
    }
    assert.equal(frames.length, 1);
    frame();
    assert.equal(drawings, 1);
});

test('the whole text replaces what came in pieces, once', () => {
    const { frame, frames } = page();
    const element = document.createElement('div');
    const writer = createWriter(element, () => {});
    writer.push('The answer. Credits are used up.');
    frame();
    writer.push(' More');
    writer.finish('The answer.');
    assert.equal(html(element), '<div><p>The answer.</p></div>');
    assert.equal(frames.length, 0, 'nothing is drawn later');
});
