import { randomId } from '../shared/ids.js';
import { extras, spoken, UNSURE } from './answer.js';
import { failure, problemFrom, words } from './failure.js';
import { leadForm, wantedFields } from './lead.js';
import { createTransport } from './transport.js';
import { createWriter } from './writer.js';

/** @typedef {import('../shared/client.js').Answer} Answer */
/** @typedef {{text: string, id: string, attempt: number, below: HTMLElement}} Turn a message of the visitor and how often it was sent */

/** Why a call was ended whose message is not on the screen any more. */
const FORGOTTEN = 'forgotten';

/**
 * Messages and their answers.
 *
 * @param {import('./context.js').Context} context
 * @param {import('./log.js').Log} log
 * @param {{busy: (now: boolean) => void, answered: (answer: Answer) => void, unsent: (text: string) => void}} on `unsent`: a text that
 *   was stopped before it was sent
 */
export function createChat(context, log, on) {
    const { t, signal, config, store, announce, emit, name } = context;
    const transport = createTransport(context);
    /** @type {AbortController | null} of the answer that is coming */
    let coming = null;
    signal.addEventListener('abort', () => coming?.abort());

    /**
     * @param {string} text
     * @returns {boolean} whether it is sent; while an answer comes it is not
     */
    function send(text) {
        if (coming) {
            return false;
        }
        const waiting = (coming = new AbortController());
        on.busy(true);
        waiting.signal.addEventListener('abort', () => {
            end();
            if (waiting.signal.reason !== FORGOTTEN) {
                on.unsent(text);
            }
        });
        context.resumed.then(() => {
            if (waiting.signal.aborted) {
                return;
            }
            const { below } = log.visitor(text);
            log.scroll.toEnd();
            emit('message', { text });
            deliver({ text, id: randomId(), attempt: 0, below });
        });
        return true;
    }

    /** @param {Turn} turn */
    async function deliver(turn) {
        const stop = new AbortController();
        const reply = incoming();
        turn.attempt++;
        coming = stop;
        on.busy(true);
        log.typing(true);
        try {
            const answer = await transport.send(turn, stop.signal, reply.push, reply.reset);
            end();
            reply.finish(answer);
        } catch (error) {
            end();
            if (signal.aborted || stop.signal.reason === FORGOTTEN) {
                return;
            }
            if (stop.signal.aborted) {
                reply.stopped();
            } else {
                reply.reset();
                failed(turn, error);
            }
        }
    }

    function end() {
        coming = null;
        log.typing(false);
        on.busy(false);
    }

    /**
     * @param {Turn} turn
     * @param {unknown} error
     */
    function failed(turn, error) {
        const problem = problemFrom(error);
        turn.below.append(
            failure(context, problem, turn.attempt, () => {
                if (coming) {
                    failed(turn, error); // another message is being answered: this one waits
                } else {
                    deliver(turn);
                }
            }),
        );
        log.scroll.grown(null);
        announce(words(context, problem));
        emit('error', { kind: problem.kind, code: problem.code, requestId: problem.requestId });
    }

    /** An answer on its way: nothing is seen of it until its first piece. */
    function incoming() {
        let { item, body, below } = log.coming();
        let writer = createWriter(body, drawn);

        function drawn() {
            log.scroll.grown(item);
        }

        function appear() {
            if (!item.isConnected) {
                log.typing(false);
                log.add(item, item);
            }
        }

        return {
            /** @param {string} piece */
            push(piece) {
                appear();
                writer.push(piece);
            },
            reset() {
                writer.stop();
                item.remove();
                ({ item, body, below } = log.coming());
                writer = createWriter(body, drawn);
            },
            stopped() {
                if (item.isConnected) {
                    writer.finish();
                }
                log.note(t('truncated'));
            },
            /** @param {Answer} answer */
            finish(answer) {
                appear();
                writer.finish(spoken(answer));
                below.append(...extras(context, answer, send));
                log.scroll.grown(item);
                log.scroll.arrived();
                announce(`${name}: ${body.innerText}`);
                offerLead(answer, item);
                emit('answer', answer);
                on.answered(answer);
            },
        };
    }

    /**
     * @param {Answer} given
     * @param {HTMLElement} answer which stays in view
     */
    function offerLead({ confidence, conversation_id }, answer) {
        if (confidence < UNSURE && !store.read().lead && wantedFields(config).length) {
            store.askedForLead();
            log.add(leadForm(context, conversation_id), answer);
        }
    }

    return {
        send,
        stop: () => coming?.abort(),
        /** A new conversation begins: nothing of the old one is asked again. */
        forget() {
            coming?.abort(FORGOTTEN);
            store.clear();
        },
    };
}
