import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../src/shared/markdown.js';
import { document, elements, html, words } from './document.js';
import { assertLinear, seeded } from './work.js';

const LINK = 'target="_blank" rel="noopener noreferrer nofollow"';
const drawn = (text, partial) => html(render(text, document, partial));

function draws(cases) {
    for (const [text, expected] of cases) {
        assert.equal(drawn(text), expected, JSON.stringify(text));
    }
}

test('paragraphs are parted by blank lines, and a line break is one', () => {
    draws([
        ['', ''],
        [' \n\n ', ''],
        ['one', '<p>one</p>'],
        ['  one\n two ', '<p>one<br>two</p>'],
        ['one\ntwo\r\n\r\nthree\n\n\nfour', '<p>one<br>two</p><p>three</p><p>four</p>'],
    ]);
});

test('bold, italics and code are drawn, however they are in each other', () => {
    draws([
        ['**bold** and __bold__', '<p><strong>bold</strong> and <strong>bold</strong></p>'],
        ['*it* and _it_', '<p><em>it</em> and <em>it</em></p>'],
        ['***both***', '<p><strong><em>both</em></strong></p>'],
        ['**a *b* c**', '<p><strong>a <em>b</em> c</strong></p>'],
        ['*a **b** c*', '<p><em>a <strong>b</strong> c</em></p>'],
        ['**a\nb**', '<p><strong>a<br>b</strong></p>'],
        ['`x*y*z` and ``a`b``', '<p><code>x*y*z</code> and <code>a`b</code></p>'],
        ['**`x`**', '<p><strong><code>x</code></strong></p>'],
    ]);
});

test('marks that close nothing, that stand alone or in a word are text', () => {
    draws([
        ['2 * 3 * 4', '<p>2 * 3 * 4</p>'],
        ['**open', '<p>**open</p>'],
        ['a**', '<p>a**</p>'],
        ['**a*b**', '<p><strong>a*b</strong></p>'],
        ['*a **b*', '<p><em>a **b</em></p>'],
        ['snake_case_name and Straße_der_Ärzte', '<p>snake_case_name and Straße_der_Ärzte</p>'],
        ['****four****', '<p>****four****</p>'],
        ['`open and ``other', '<p>`open and ``other</p>'],
        ['\\*no\\* \\[a\\](b) C:\\dir', '<p>*no* [a](b) C:\\dir</p>'],
        ['# Title\n> quote\n---\n| a | b |', '<p># Title<br>&gt; quote<br>---<br>| a | b |</p>'],
        ['![image](https://example.com/a.png)', `<p>!<a href="https://example.com/a.png" ${LINK}>image</a></p>`],
    ]);
});

test('lists are drawn with their numbers, their lists and their lines', () => {
    draws([
        ['- a\n- **b**\n* c', '<ul><li>a</li><li><strong>b</strong></li><li>c</li></ul>'],
        ['Text:\n- a\n\n- b\n\nafter', '<p>Text:</p><ul><li>a</li><li>b</li></ul><p>after</p>'],
        ['1. a\n2) b', '<ol><li>a</li><li>b</li></ol>'],
        ['7. a\n8. b', '<ol start="7"><li>a</li><li>b</li></ol>'],
        ['1. a\n   - b\n     more\n2. c', '<ol><li>a<ul><li>b<br>more</li></ul></li><li>c</li></ol>'],
        ['- a\n1. b', '<ul><li>a</li></ul><ol><li>b</li></ol>'],
        ['- a\n  - b\n- c', '<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>'],
        ['- a\nnext', '<ul><li>a</li></ul><p>next</p>'],
        ['- a\n  - b\n  - c', '<ul><li>a<ul><li>b</li><li>c</li></ul></li></ul>'],
        ['  - a\n- b', '<ul><li>a</li><li>b</li></ul>'],
        ['-no\n1.no\n2024. was', '<p>-no<br>1.no<br>2024. was</p>'],
    ]);
});

test('lists go four levels deep, and what is deeper is on the fourth', () => {
    const text = ['a', 'b', 'c', 'd', 'e', 'f'].map((item, depth) => `${'  '.repeat(depth)}- ${item}`).join('\n');
    const four = '<ul><li>a<ul><li>b<ul><li>c<ul><li>d</li><li>e</li><li>f</li></ul></li></ul></li></ul></li></ul>';
    draws([[text, four]]);
});

test('fenced code is drawn as it is, also while its end is not there', () => {
    draws([
        ['```js\nlet a = "**b**";\n<i>\n```\nafter', '<pre><code>let a = &quot;**b**&quot;;\n&lt;i&gt;</code></pre><p>after</p>'],
        ['before\n~~~\n```\n~~~', '<p>before</p><pre><code>```</code></pre>'],
        ['````\n```\n````', '<pre><code>```</code></pre>'],
        ['```\nopen', '<pre><code>open</code></pre>'],
        ['- a\n  ```\n  x\n    y\n  ```\n- b', '<ul><li>a<pre><code>x\n  y</code></pre></li><li>b</li></ul>'],
    ]);
});

test('links go to https, mailto and tel', () => {
    draws([
        ['[us](https://example.com/a?b=c#d)', `<p><a href="https://example.com/a?b=c#d" ${LINK}>us</a></p>`],
        ['[**us** `x`](https://example.com "title")', `<p><a href="https://example.com/" ${LINK}><strong>us</strong> <code>x</code></a></p>`],
        ['[mail](mailto:a@example.com)', `<p><a href="mailto:a@example.com" ${LINK}>mail</a></p>`],
        ['[call](tel:+49301234567)', `<p><a href="tel:+49301234567" ${LINK}>call</a></p>`],
        ['[w](https://example.com/a_(b))!', `<p><a href="https://example.com/a_(b)" ${LINK}>w</a>!</p>`],
        ['**[a](https://example.com)**', `<p><strong><a href="https://example.com/" ${LINK}>a</a></strong></p>`],
        ['[a **b](https://example.com) c**', `<p><a href="https://example.com/" ${LINK}>a **b</a> c**</p>`],
        ['[[a](https://example.com)', `<p>[<a href="https://example.com/" ${LINK}>a</a></p>`],
        ['[a] (https://example.com)', `<p>[a] (<a href="https://example.com" ${LINK}>https://example.com</a>)</p>`.replace('.com"', '.com/"')],
    ]);
});

test('bare addresses become links without the punctuation around them', () => {
    const link = (shown, href = shown) => `<a href="${href}" ${LINK}>${shown}</a>`;
    draws([
        ['See https://example.com/x_y_z.', `<p>See ${link('https://example.com/x_y_z')}.</p>`],
        ['(https://example.com/a), **https://example.com/b**', `<p>(${link('https://example.com/a')}), <strong>${link('https://example.com/b')}</strong></p>`],
        ['https://example.com/a_(b)?', `<p>${link('https://example.com/a_(b)')}?</p>`],
        ['„https://example.com/a“', `<p>„${link('https://example.com/a')}“</p>`],
        ['http://example.com xhttps://example.com https://', '<p>http://example.com xhttps://example.com https://</p>'],
    ]);
});

test('a link in the words of a link is words, so that both go where the outer one goes', () => {
    draws([['[go to https://bank.example](https://example.com)', `<p><a href="https://example.com/" ${LINK}>go to https://bank.example</a></p>`]]);
});

test('whatever else looks like a link or like HTML is text', () => {
    const texts = [
        '[a](javascript:alert(1))',
        '[a](JavaScript:alert)',
        '[a](java&#115;cript:alert)',
        '[a](data:text/html,x)',
        '[a](vbscript:x)',
        '[a](//example.com)',
        '[a](/path)',
        '[a](#hash)',
        '[a](http://example.com)',
        '[a](file:///etc/passwd)',
        '[a](blob:https://example.com/x)',
        '[a](https://user:secret@example.com)',
        '[a](https://bank.example@example.com)',
        '[a](https://)',
        '[a]()',
        '[a](https://example.com\u202e)'.replace('https', 'http'),
        '<img src=x onerror=alert(1)>',
        '<script>alert(1)</script>',
        '<a href="https://example.com" onclick="x()">a</a>'.replace('https', 'http'),
        '&lt;b&gt; &amp;',
    ];
    for (const text of texts) {
        const fragment = render(text, document);
        assert.deepEqual(elements(fragment).map(({ element }) => element.name), ['p'], text);
        assert.equal(words(fragment), text);
    }
});

test('control characters do not hide a scheme', () => {
    for (const scheme of ['java\tscript:x', '\u0001javascript:x', 'java\u0000script:x', 'javascript\u200b:x']) {
        const names = elements(render(`[a](${scheme})`, document)).map(({ element }) => element.name);
        assert.ok(!names.includes('a'), JSON.stringify(scheme));
    }
});

test('while a text is coming, emphasis that is not closed is drawn as if it were', () => {
    assert.equal(drawn('We are **open unt', true), '<p>We are <strong>open unt</strong></p>');
    assert.equal(drawn('- *a **b', true), '<ul><li><em>a <strong>b</strong></em></li></ul>');
    assert.equal(drawn('see [a](https://exam', true), `<p>see [a](<a href="https://exam/" ${LINK}>https://exam</a></p>`);
    assert.equal(drawn('We are **open unt', false), '<p>We are **open unt</p>');
});

const PIECES = ['*', '**', '_', '__', '`', '``', '```', '~~~', '[', ']', '](', '](https://example.com)', '](javascript:x)', '](mailto:a@example.com)', '(', ')', '\\', '\n', '\n\n',
    '\n- ', '\n  - ', '\n        1. ', 'https://example.com/', 'https://', '<img onerror=x>', '"', ' ', 'a', 'ä', '\u202e', '😀', '\r', '\t', '\0'];
const ALLOWED = {
    p: [], br: [], strong: [], em: [], code: [], pre: [], ul: [], li: [], ol: ['start'], a: ['href', 'target', 'rel'],
};

test('nothing but the elements and attributes that are allowed comes from any text, nested no deeper than so', () => {
    const random = seeded(7);
    let links = 0;
    for (let round = 0; round < 4000; round++) {
        const text = Array.from({ length: random(60) }, () => PIECES[random(PIECES.length)]).join('');
        for (const { element, depth } of elements(render(text, document, round % 2 === 0))) {
            const allowed = ALLOWED[element.name];
            assert.ok(allowed, `${element.name} from ${JSON.stringify(text)}`);
            assert.ok([...element.attributes.keys()].every((name) => allowed.includes(name)), JSON.stringify(text));
            assert.ok(depth <= 14, `${depth} levels from ${JSON.stringify(text)}`);
            if (element.name === 'a') {
                links++;
                assert.match(element.attributes.get('href'), /^(https:\/\/[^/@\\]+\/|mailto:a@)/, JSON.stringify(text));
                assert.ok(!elements(element).some((inner) => inner.element.name === 'a'), `a link in a link from ${JSON.stringify(text)}`);
            }
        }
    }
    assert.ok(links > 500, `the texts made ${links} links only`);
});

test('the words of any text stay in their order', () => {
    const random = seeded(11);
    for (let round = 0; round < 2000; round++) {
        const marks = ['*', '**', '_', '`', '[', '](', ')', '\n', '\n- ', ' '];
        const text = Array.from({ length: 40 }, (_, index) => marks[random(marks.length)] + `w${index}w`).join('');
        const found = words(render(text, document)).match(/w\d+w/g);
        assert.deepEqual(found, text.match(/w\d+w/g), JSON.stringify(text));
    }
});

const HOSTILE = ['[', ']', '*a ', '_a', '**a [', '`', '`a', '``a` ', '[a](b', '[a](https://x.example', '](', '\\', 'https://)', 'https://x.example)', '(((https://a(b',
    '- ', '- a\n', '1. a\n  ', '- a\n  - b\n    - c\n      - d\n        - e\n', '```\n', '```\na', ' ', '\t', '\n', '[a](https://x.example/(a)', '[a](https://x.example "', '<', '![', 'a*b_c'];

test('what a text costs grows with its length alone, whatever it is made of', async () => {
    for (const piece of HOSTILE) {
        await assertLinear(JSON.stringify(piece), 20_000, (length) => render(piece.repeat(length / piece.length), document));
    }
});

test('one long word, address, line of code or run of marks is drawn', () => {
    const long = 'x'.repeat(1_000_000);
    for (const text of [long, `[a](https://example.com/${long})`, `[a](https://example.com/${long}`, `https://example.com/${long}`, `\`${long}\``, '*'.repeat(1_000_000)]) {
        assert.ok(words(render(text, document)).length > 0);
    }
});
