import { h, sheet } from '../shared/dom.js';
import { createChat } from './chat.js';
import { createComposer } from './composer.js';
import { consentCard } from './consent.js';
import { createContext } from './context.js';
import { failure, problemFrom, words } from './failure.js';
import { drawHead } from './head.js';
import { createHistory } from './history.js';
import { createLog } from './log.js';
import { createMenu } from './menu.js';
import { notices } from './notices.js';
import { createPolling } from './polling.js';
import styles from './styles.css';
import { saveTranscript } from './save.js';
import { variables } from './variables.js';
import { fitViewport } from './viewport.js';

/** @typedef {import('./index.js').Given} Given */

/**
 * Draws the panel into what the loader has made ready.
 *
 * @param {Given} given
 * @returns {import('./index.js').Panel}
 */
export function mount(given) {
    const ended = new AbortController();
    const { signal } = ended;
    const { panel, root, settings } = given;
    const context = createContext(given, signal);
    const { t, client, store, config, announce } = context;

    const log = createLog(context);
    const history = createHistory(context, log);
    const polling = createPolling(history.look, signal);
    const chat = createChat(context, log, { busy, answered, unsent: (text) => composer.restore(text) });
    const composer = createComposer(context, { send: chat.send, stop: chat.stop });
    const menu = createMenu(context, [
        { text: 'newConversation', shown: hasConversation, run: begin },
        { text: 'download', shown: hasConversation, run: () => attempt(() => saveTranscript(context)) },
        { text: 'end', shown: hasConversation, run: () => attempt(end) },
        { text: 'erase', shown: hasConversation, run: () => attempt(erase), confirm: { question: 'eraseQuestion', yes: 'erase' } },
    ]);
    context.focus = composer.focus;

    panel.setAttribute('lang', context.texts.lang);
    panel.setAttribute('dir', context.texts.dir);
    panel.setAttribute('aria-label', t('open', { name: context.name }));
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet(variables(config)), sheet(styles)];
    panel.replaceChildren(
        drawHead(context, menu.element, settings.inline ? null : given.close),
        h('div', { class: 'middle' }, log.list, log.jump),
        composer.form,
        context.region,
    );
    fitViewport(panel, signal);
    greet();
    if (hasConversation()) {
        context.resumed = resume();
    } else {
        askConsent();
    }

    function hasConversation() {
        return store.read().conversation !== null;
    }

    /** What stands there before anything was said. */
    function greet() {
        notices(context).forEach((notice) => log.add(notice));
        log.said('bot', context.name, config.welcome_message || t('welcome'));
    }

    function askConsent() {
        if (!config.consent_required) {
            return;
        }
        const consent = consentCard(context, () => {
            composer.form.hidden = false;
            context.focus = composer.focus;
            context.focus();
        });
        composer.form.hidden = true;
        context.focus = consent.focus;
        log.add(consent.card);
    }

    async function resume() {
        const { conversation } = store.read();
        log.list.setAttribute('aria-busy', 'true');
        try {
            polling.team(await history.resume(/** @type {number} */ (conversation)));
        } catch (error) {
            if (signal.aborted) {
                return;
            }
            const problem = problemFrom(error);
            if (problem.kind === 'gone') {
                store.clear();
                menu.refresh();
                askConsent();
            } else {
                log.add(failure(context, problem, 1, resumeAnew));
            }
        }
        log.list.removeAttribute('aria-busy');
    }

    /** What was said meanwhile comes from the server, too. */
    function resumeAnew() {
        log.clear();
        greet();
        context.resumed = resume();
    }

    /** @param {boolean} now */
    function busy(now) {
        composer.busy(now);
        menu.refresh();
    }

    /** @param {import('../shared/client.js').Answer} answer */
    function answered({ message_id, source }) {
        history.seen(message_id);
        if (source === 'handoff') {
            polling.team(true);
        }
        polling.soon();
    }

    /** Empties the panel for a new conversation. */
    function begin() {
        chat.forget();
        history.forget();
        polling.team(false);
        log.clear();
        greet();
        askConsent();
        menu.refresh();
        context.focus();
    }

    async function end() {
        await client.end({ conversation: /** @type {number} */ (store.read().conversation), signal });
        log.note(t('ended'));
        announce(t('ended'));
        log.scroll.toEnd();
    }

    async function erase() {
        chat.stop();
        await client.erase({ conversation: /** @type {number} */ (store.read().conversation), signal });
        begin();
        log.note(t('erased'));
        announce(t('erased'));
    }

    /**
     * Does what the visitor has chosen, and says what has failed.
     *
     * @param {() => Promise<void>} action
     */
    async function attempt(action) {
        try {
            await action();
        } catch (error) {
            if (signal.aborted) {
                return;
            }
            const problem = problemFrom(error);
            if (problem.kind === 'gone') {
                begin(); // somebody else has erased it
                return;
            }
            const note = log.note(words(context, problem));
            note.classList.add('error');
            announce(words(context, problem));
            log.scroll.toEnd();
        }
    }

    return {
        open(focus) {
            polling.opened(true);
            log.scroll.toEnd();
            if (focus) {
                context.focus();
            }
        },
        close() {
            polling.opened(false);
            menu.close();
        },
        destroy: () => ended.abort(),
    };
}
