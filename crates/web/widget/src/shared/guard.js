/**
 * Watches over a call: its signal is used when the caller's is, and when nothing was heard for a time.
 *
 * @param {number} silence milliseconds
 * @param {AbortSignal} [caller]
 */
export function guard(silence, caller) {
    const controller = new AbortController();
    let expired = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;

    const abort = () => controller.abort(caller?.reason);
    const expire = () => {
        expired = true;
        controller.abort();
    };
    const heard = () => {
        clearTimeout(timer);
        timer = setTimeout(expire, silence);
    };
    if (caller?.aborted) {
        abort();
    }
    caller?.addEventListener('abort', abort);
    heard();

    return {
        signal: controller.signal,
        /** Something came: the silence begins anew. */
        heard,
        /** Whether the silence was too long. */
        expired: () => expired,
        /** The call is over: nothing is watched any more. */
        end() {
            clearTimeout(timer);
            caller?.removeEventListener('abort', abort);
        },
    };
}
