import assert from 'node:assert/strict';

/** Numbers that look random and are the same in each run (a linear congruential generator). */
export function seeded(seed) {
    let state = seed >>> 0;
    return (below) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return Math.floor((state / 2 ** 32) * below);
    };
}

/** A text 32 times as long may cost ten times what it would if all of it cost the same; one that is gone through again for each part costs 32. */
const LONGER = 32;
const PATIENCE = 10;
/** What is measured of shorter work is mostly noise, in microseconds. */
const LEAST = 500;

/**
 * How much more than its length says a long text costs: 1 where the cost is linear, 32 where it is quadratic. It is processor time, the
 * least of some runs, so that what else the machine does counts little.
 *
 * @param {number} length of the short text
 * @param {(length: number) => unknown} work
 */
async function growth(length, work) {
    const short = Math.max(Math.min(...[await cost(work, length), await cost(work, length), await cost(work, length)]), LEAST);
    let least = Infinity;
    for (let run = 0; run < 3 && least > PATIENCE; run++) {
        least = Math.min(least, (await cost(work, length * LONGER)) / LONGER / short);
    }
    return least;
}

async function cost(work, length) {
    const before = process.cpuUsage();
    await work(length);
    const { user, system } = process.cpuUsage(before);
    return user + system;
}

/** Fails for work that costs more than in proportion to its length. */
export async function assertLinear(name, length, work) {
    const factor = await growth(length, work);
    assert.ok(factor <= PATIENCE, `${name}: ${LONGER} times the length costs ${(factor * LONGER).toFixed()} times as much`);
}
