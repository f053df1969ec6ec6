/** Milliseconds between two looks: the first, and the longest while nothing comes. */
const SOON = 5_000;
const LATE = 30_000;

/**
 * Looks for a person's replies, while the panel is open and its page is seen.
 *
 * @param {() => Promise<boolean>} look whether something came
 * @param {AbortSignal} signal
 */
export function createPolling(look, signal) {
    let on = false;
    let open = false;
    let wait = SOON;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;

    function plan() {
        clearTimeout(timer);
        if (on && open && !document.hidden && !signal.aborted) {
            timer = setTimeout(run, wait);
        }
    }

    async function run() {
        // A look that fails is made again later: the visitor has asked for nothing.
        const came = await look().catch(() => false);
        wait = came ? SOON : Math.min(wait * 1.5, LATE);
        plan();
    }

    function soon() {
        wait = SOON;
        plan();
    }

    document.addEventListener('visibilitychange', soon, { signal });
    signal.addEventListener('abort', () => clearTimeout(timer));

    return {
        /** @param {boolean} now whether a person answers */
        team(now) {
            on = now;
            soon();
        },
        /** @param {boolean} now */
        opened(now) {
            open = now;
            soon();
        },
        soon,
    };
}
