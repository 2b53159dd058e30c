/** How one miss is due to faults. */
export interface Division {
  readonly effects: Readonly<Record<string, number>>;
  readonly shares: Readonly<Record<string, number>>;
  readonly baselineShare: number;
}

/** Up to so many faults, every subset is replayed. */
const MOST_EXACT_FAULTS = 3;

/**
 * Divides one miss up. `spared` tells which share of it, 0 to 1, is gone when only these faults are there: 0 with all of them.
 *
 * Shares are Shapley values of what the faults together cost; beyond three faults each is the mean of the fault's effect as the only
 * one and as the last, scaled to the same sum. Faults whose effect and share are 0 are left out.
 */
export function sharesOf(ids: readonly string[], spared: (present: readonly string[]) => number): Division {
  const cost = (present: readonly string[]): number => 1 - spared(present);
  const baselineShare = ids.length === 0 ? 1 : cost([]);
  const toDivide = 1 - baselineShare;
  const raw = ids.map((id) =>
    ids.length <= MOST_EXACT_FAULTS ? shapleyValue(id, ids, cost) : endsMean(id, ids, cost),
  );
  const positive = raw.map((value) => Math.max(0, value));
  const sum = positive.reduce((total, value) => total + value, 0);
  const entries = (values: readonly number[]) =>
    Object.fromEntries(
      ids.map((id, index) => [id, values[index] ?? 0] as const).filter(([, value]) => value > 0),
    );
  return {
    effects: entries(ids.map((id) => Math.max(0, spared(ids.filter((other) => other !== id))))),
    shares: sum === 0 ? {} : entries(positive.map((value) => (value / sum) * toDivide)),
    baselineShare: sum === 0 ? 1 : baselineShare,
  };
}

function shapleyValue(
  id: string,
  ids: readonly string[],
  cost: (present: readonly string[]) => number,
): number {
  const others = ids.filter((other) => other !== id);
  let value = 0;
  for (let mask = 0; mask < 2 ** others.length; mask++) {
    const before = others.filter((_, index) => (mask & (1 << index)) !== 0);
    const weight =
      (factorial(before.length) * factorial(others.length - before.length)) / factorial(ids.length);
    value += weight * (cost(inOrderOf(ids, [...before, id])) - cost(before));
  }
  return value;
}

function endsMean(id: string, ids: readonly string[], cost: (present: readonly string[]) => number): number {
  const last = cost(ids) - cost(ids.filter((other) => other !== id));
  const first = cost([id]) - cost([]);
  return (last + first) / 2;
}

function inOrderOf(ids: readonly string[], chosen: readonly string[]): readonly string[] {
  return ids.filter((id) => chosen.includes(id));
}

function factorial(count: number): number {
  return count <= 1 ? 1 : count * factorial(count - 1);
}
