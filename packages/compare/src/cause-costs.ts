import type { Cause } from '@fluidscope/trace-schema';
import type { ComparedRun } from './compared-run.js';

/** What a cause cost in each run: its deadlines missed, and their share of all deadlines. */
export interface CauseCost {
  readonly cause: Cause;
  readonly firstMissedCount: number;
  readonly secondMissedCount: number;
  readonly firstRatio: number;
  readonly secondRatio: number;
}

/** `not_diagnosed`: a trace without episodes was not diagnosed, or nothing was found in it. */
export type CauseCosts =
  | { readonly kind: 'costs'; readonly costs: readonly CauseCost[] }
  | { readonly kind: 'not_diagnosed'; readonly runs: readonly string[] };

/** By what each trace's own diagnosis says; largest change first. Shares, for runs need not be equally long. */
export function causeCosts(first: ComparedRun, second: ComparedRun): CauseCosts {
  const missing = [first, second].filter(({ episodes }) => episodes.length === 0);
  if (missing.length > 0) return { kind: 'not_diagnosed', runs: missing.map(({ name }) => name) };
  const [one, other] = [missedByCause(first), missedByCause(second)];
  const [oneTotal, otherTotal] = [deadlinesOf(first), deadlinesOf(second)];
  const costs = [...new Set([...one.keys(), ...other.keys()])].map((cause): CauseCost => {
    const [firstMissedCount, secondMissedCount] = [one.get(cause) ?? 0, other.get(cause) ?? 0];
    return {
      cause,
      firstMissedCount,
      secondMissedCount,
      firstRatio: firstMissedCount / oneTotal,
      secondRatio: secondMissedCount / otherTotal,
    };
  });
  return {
    kind: 'costs',
    costs: costs.sort((a, b) => change(b) - change(a) || (a.cause < b.cause ? -1 : 1)),
  };
}

function change({ firstRatio, secondRatio }: CauseCost): number {
  return Math.abs(secondRatio - firstRatio);
}

function missedByCause({ episodes }: ComparedRun): ReadonlyMap<Cause, number> {
  const missed = new Map<Cause, number>();
  for (const { cause, missedCount } of episodes) missed.set(cause, (missed.get(cause) ?? 0) + missedCount);
  return missed;
}

function deadlinesOf({ requests }: ComparedRun): number {
  return Math.max(
    1,
    requests.reduce((sum, { score }) => sum + (score?.totalDeadlinesCount ?? 0), 0),
  );
}
