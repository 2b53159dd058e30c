/** The kernel stamps a packet for an observer after it did for the socket: by 2 to 18 µs for the same packet on an idle link. */
const OBSERVER_LATE_NS = 100_000;

/** @typedef {{ token: string; stampNs: number; boundNs: number | undefined; isKernel?: boolean }} TokenStamp */

/**
 * What a bench says of one client's stamps. `arrivals`: when each token's last byte could be read, by an observer beside the client; where
 * segments get lost, a stamp's error is counted from there and not from the server's write.
 * `split`: how much of the CPU time is the load's, where the contender does more than load.
 * `writesLater`: the server's write may reach the kernel after it returned (TLS does so behind another write), so nobody can say whether
 * the truth lies within a bound.
 *
 * Throws when a token is missing, came twice or was stamped before it was written: a fast figure of another load is no figure.
 */
export function stampFigures({ cpuUs, split, stamps }, { truth, arrivals, expectedCount, writesLater }) {
  const seen = new Set(stamps.map(({ token }) => token));
  if (stamps.length !== expectedCount || seen.size !== expectedCount || truth.size !== expectedCount) {
    throw new Error(
      `Expected ${expectedCount} tokens but received ${stamps.length} (${seen.size} different), and ${truth.size} in the truth`,
    );
  }
  const errorsUs = new Float64Array(expectedCount);
  const latenessUs = new Float64Array(expectedCount);
  let withinBoundCount = 0;
  stamps.forEach(({ token, stampNs, boundNs }, index) => {
    const write = truth.get(token);
    if (write === undefined) throw new Error(`Expected the server to have written ${token}`);
    const arrivedNs = arrivals === undefined ? write.writeNs : arrivals.get(token);
    if (arrivedNs === undefined) throw new Error(`Expected the observer to have seen ${token}`);
    errorsUs[index] = (stampNs - arrivedNs) / 1_000;
    latenessUs[index] = (write.writeNs - write.dueNs) / 1_000;
    // The kernel had the bytes between the two readings of the server's clock, or shortly before the observer saw them.
    const [fromNs, toNs] =
      arrivals === undefined ? [write.writeNs, write.writtenNs] : [arrivedNs - OBSERVER_LATE_NS, arrivedNs];
    if (boundNs !== undefined && stampNs - boundNs <= toNs && stampNs >= fromNs) withinBoundCount += 1;
  });
  errorsUs.sort();
  latenessUs.sort();
  if (arrivals === undefined && errorsUs[0] < 0)
    throw new Error(`A token was stamped ${-errorsUs[0]} µs before it was written`);
  return {
    cpu_us_per_token: cpuUs / expectedCount,
    load_cpu_us_per_token: (split?.loadUs ?? cpuUs) / expectedCount,
    ...(split && { before_load_cpu_ms: split.beforeUs / 1_000, after_load_cpu_ms: split.afterUs / 1_000 }),
    error_p50_us: quantile(errorsUs, 0.5),
    error_p99_us: quantile(errorsUs, 0.99),
    error_p999_us: quantile(errorsUs, 0.999),
    ...boundFigures(stamps, writesLater ? undefined : withinBoundCount),
    tokens_per_s: expectedCount / spanS(stamps),
    server_late_p99_us: quantile(latenessUs, 0.99),
  };
}

/** @param {readonly TokenStamp[]} stamps @param {number | undefined} withinBoundCount */
function boundFigures(stamps, withinBoundCount) {
  const boundsUs = Float64Array.from(stamps, ({ boundNs }) => (boundNs ?? Number.NaN) / 1_000).sort();
  if (boundsUs.some(Number.isNaN)) return {};
  return {
    ...(withinBoundCount === undefined ? {} : { within_bound_ratio: withinBoundCount / stamps.length }),
    bound_p99_us: quantile(boundsUs, 0.99),
    bound_p999_us: quantile(boundsUs, 0.999),
  };
}

/** @param {readonly TokenStamp[]} stamps */
function spanS(stamps) {
  let [first, last] = [Infinity, -Infinity];
  for (const { stampNs } of stamps) {
    first = Math.min(first, stampNs);
    last = Math.max(last, stampNs);
  }
  return (last - first) / 1e9;
}

/** Linear between the two nearest. @param {Float64Array} sorted @param {number} share */
function quantile(sorted, share) {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}
