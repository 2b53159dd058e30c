/**
 * The definitions of the metrics written as they read, over gaps in BigInt: slow, and with no arithmetic that could
 * round. The tests hold the package's walks against it.
 */
export interface ReferenceTally {
  readonly missed: bigint;
  readonly total: bigint;
  readonly lateTokens: bigint;
}

/** Gap `i` has deadline `D_p` when `i` is 0, `D_d` after that. */
export function referenceTally(gapsNs: readonly bigint[], firstNs: bigint, laterNs: bigint): ReferenceTally {
  let slack = 0n;
  let missed = 0n;
  let total = 0n;
  let lateTokens = 0n;
  gapsNs.forEach((gap, index) => {
    const deadline = index === 0 ? firstNs : laterNs;
    if (gap <= deadline + slack) {
      slack += deadline - gap;
      total += 1n;
    } else {
      const passed = (gap - slack - deadline) / laterNs + 1n;
      missed += passed;
      total += passed;
      lateTokens += 1n;
      slack = 0n;
    }
  });
  return { missed, total, lateTokens };
}

/** Whether a deadline misses at most one in ten over decode gaps. */
export function referencePasses(decodeGapsNs: readonly bigint[], deadlineNs: bigint): boolean {
  const { missed, total } = referenceTally(decodeGapsNs, deadlineNs, deadlineNs);
  return 10n * missed <= total;
}

export function toBigInts(valuesNs: Float64Array): bigint[] {
  return Array.from(valuesNs, (valueNs) => BigInt(valueNs));
}
