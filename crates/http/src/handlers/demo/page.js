// The demo page: copies the line, opens the chat, and shows what each answer came from. It hears of the answers by the events
// that any site hears.
'use strict';

/** Answers that are shown; older ones go. */
const MOST = 8;

const SOURCES = {
  knowledge_base: 'knowledge base',
  llm: 'language model',
  default: 'nobody knew',
  handoff: 'a person will answer',
  refusal: 'refused',
};

const byId = (id) => document.getElementById(id);

/** An element with a class and what is in it; texts stay texts. */
function element(name, className, ...content) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...content);
  return made;
}

/** The line of one answer: question, source, confidence, and the entries that it was made of. */
function line(question, answer) {
  const percent = Math.round(answer.confidence * 100);
  const meter = Object.assign(element('meter', ''), { low: 0.5, high: 0.85, optimum: 1, value: answer.confidence });
  meter.setAttribute('aria-label', 'Confidence');
  const source = element('span', `badge ${answer.source}`, SOURCES[answer.source] ?? answer.source ?? 'unknown');
  const item = element('li', '', element('p', 'question', question), element('p', 'row', source, meter, `${percent} %`));
  const entries = (answer.sources ?? []).map((entry) => element('li', '', `Entry ${entry.id}: ${entry.question}`));
  const offered = (answer.suggestions ?? []).map((entry) => element('li', '', `Offered: ${entry.question}`));
  if (entries.length + offered.length) {
    item.append(element('ul', 'entries', ...entries, ...offered));
  }
  if (answer.notice) {
    item.append(element('p', 'note', 'The free credits are used up, so no language model was asked.'));
  }
  return item;
}

let question = '';
// No live region: the widget has announced the answer already.
document.addEventListener('frontdesk-message', ({ detail }) => {
  question = detail.text;
});
document.addEventListener('frontdesk-answer', ({ detail }) => {
  byId('none').hidden = true;
  const trace = byId('trace');
  trace.prepend(line(question, detail));
  while (trace.children.length > MOST) {
    trace.lastElementChild.remove();
  }
});

document.addEventListener('frontdesk-ready', () => {
  const ask = byId('ask');
  ask.hidden = false;
  ask.addEventListener('click', () => document.querySelector('frontdesk-chat').open());
}, { once: true });

// Pages that did not come by TLS have no clipboard; the line can be selected there.
if (navigator.clipboard) {
  byId('copy').hidden = false;
  byId('copy').addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(byId('embed').textContent);
      byId('copied').textContent = 'Copied.';
    } catch {
      byId('copied').textContent = 'The browser did not allow it: select the line instead.';
    }
  });
}
