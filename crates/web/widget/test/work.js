/** Numbers that look random and are the same in each run (a linear congruential generator). */
export function seeded(seed) {
    let state = seed >>> 0;
    return (below) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return Math.floor((state / 2 ** 32) * below);
    };
}

/** Processor time of a call in microseconds, the least of some runs: what else the machine does does not count. */
export function cost(run) {
    const costs = Array.from({ length: 4 }, () => {
        const before = process.cpuUsage();
        run();
        const { user, system } = process.cpuUsage(before);
        return user + system;
    });
    return Math.min(...costs);
}
