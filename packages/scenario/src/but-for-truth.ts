import { scoreRequest } from '@fluidscope/metrics';
import { requestIdOf } from '@fluidscope/trace-schema';
import { actsOnTokens, type Fault } from './fault.js';
import { missesOf, isScored, timingsOf } from './record/request-rows.js';
import type { Scenario } from './scenario.js';
import { sharesOf } from './shares.js';
import type { SimulatedRequest } from './simulated-request.js';
import { VirtualRun } from './virtual-run.js';

/** Deadlines of a run, or of a replay. */
export interface DeadlineCounts {
  readonly missedCount: number;
  readonly totalCount: number;
}

/** What one row of the trace's `deadline_misses` was due to. */
export interface MissTruth {
  readonly requestId: string;
  readonly seq: number;
  readonly dueNs: number;
  readonly arrivalNs: number;
  readonly missedCount: number;
  /** By fault: the share of this miss that vanishes without it, above 0 and up to 1. Jointly necessary faults each have their whole effect. */
  readonly effects: Readonly<Record<string, number>>;
  /** By fault: the miss divided up (Shapley), so that shares and `baselineShare` add up to 1. */
  readonly shares: Readonly<Record<string, number>>;
  /** What remains with all faults removed. */
  readonly baselineShare: number;
}

/** What really happened in a run, as its replays tell. */
export interface Truth {
  readonly scenario: string;
  readonly seed: number;
  readonly whole: DeadlineCounts;
  /** By fault: the run with it removed and the others there. */
  readonly without: Readonly<Record<string, DeadlineCounts>>;
  readonly withoutAll: DeadlineCounts;
  readonly faults: readonly FaultTruth[];
  readonly misses: readonly MissTruth[];
}

export interface FaultTruth {
  readonly id: string;
  readonly kind: string;
  /** The replica that it befell; `undefined` for all. */
  readonly replicaIndex: number | undefined;
  /** Up to the run's end; `toNs` equal to `fromNs` for what only happens. */
  readonly windows: readonly { readonly fromNs: number; readonly toNs: number }[];
}

/**
 * The truth of a run by but-for replay: the same scenario and seed again with each fault removed, all else the same. A miss is due to the
 * faults without which it would not be there, or would be less. A fault that changed no deadline is in no miss's labels.
 *
 * Costs a run for each subset of up to three faults that can act on tokens, 2 n + 2 runs beyond.
 */
export function butForTruth(scenario: Scenario, seed: number): Truth {
  const acting = scenario.faults.filter(({ effect }) => actsOnTokens(effect));
  const replays = new Replays(scenario, seed, acting);
  const whole = replays.with(acting);
  const { deadlines } = scenario;
  const misses = whole.run.requests.flatMap((request, requestIndex) => {
    const rows = missesOf(request, requestIndex, deadlines);
    let fromToken = 0;
    return rows.map((row): MissTruth => {
      const toToken = tokensBefore(request, row.seq);
      const missedIn = (replay: Replay): number => replay.missedBetween(request.plan.key, fromToken, toToken);
      const division = sharesOf(
        acting.map(({ id }) => id),
        (present) => 1 - Math.min(1, missedIn(replays.withIds(present)) / row.missedCount),
      );
      fromToken = toToken + 1;
      return {
        requestId: requestIdOf(requestIndex),
        seq: row.seq,
        dueNs: row.dueNs,
        arrivalNs: row.arrivalNs,
        missedCount: row.missedCount,
        ...division,
      };
    });
  });
  return {
    scenario: scenario.name,
    seed,
    whole: whole.counts(),
    without: Object.fromEntries(
      acting.map((fault) => [fault.id, replays.with(acting.filter((each) => each !== fault)).counts()]),
    ),
    withoutAll: replays.with([]).counts(),
    faults: faultTruths(whole.run),
    misses,
  };
}

function faultTruths({ faults, endedNs }: VirtualRun): readonly FaultTruth[] {
  return faults.map(({ fault, windows }) => ({
    id: fault.id,
    kind: fault.effect.kind === 'gpu' ? fault.effect.condition.kind : fault.effect.kind,
    replicaIndex: fault.replicaIndex,
    windows: windows
      .filter(({ fromNs }) => fromNs < endedNs)
      .map(({ fromNs, toNs }) => ({ fromNs, toNs: Math.min(toNs, endedNs) })),
  }));
}

/** Runs of a scenario by the faults that are in them, each made once. */
class Replays {
  private readonly made = new Map<string, Replay>();
  private readonly acting: readonly Fault[];

  constructor(
    private readonly scenario: Scenario,
    private readonly seed: number,
    acting: readonly Fault[],
  ) {
    this.acting = acting;
  }

  withIds(ids: readonly string[]): Replay {
    return this.with(this.acting.filter(({ id }) => ids.includes(id)));
  }

  with(faults: readonly Fault[]): Replay {
    const key = faults.map(({ id }) => id).join(' ');
    let replay = this.made.get(key);
    if (replay === undefined) {
      replay = new Replay(this.scenario, this.seed, faults);
      this.made.set(key, replay);
    }
    return replay;
  }
}

/** Late tokens of one request of a replay. */
interface LateTokens {
  readonly tokenIndexes: readonly number[];
  readonly missedCounts: readonly number[];
}

class Replay {
  readonly run: VirtualRun;
  private readonly lateByKey: ReadonlyMap<number, LateTokens>;

  constructor(scenario: Scenario, seed: number, faults: readonly Fault[]) {
    const ids = new Set(faults.map(({ id }) => id));
    // What only changes what is seen stays: it is part of no replay's difference.
    this.run = new VirtualRun(scenario, seed, (fault) => ids.has(fault.id) || !actsOnTokens(fault.effect));
    this.run.run();
    this.lateByKey = new Map(
      this.run.requests.map((request) => [request.plan.key, lateTokensOf(request, scenario)] as const),
    );
  }

  counts(): DeadlineCounts {
    const { deadlines } = this.run.scenario;
    let missedCount = 0;
    let totalCount = 0;
    for (const request of this.run.requests) {
      if (!isScored(request)) continue;
      const score = scoreRequest(timingsOf(request), deadlines);
      missedCount += score.missedDeadlinesCount ?? 0;
      totalCount += score.totalDeadlinesCount ?? 0;
    }
    return { missedCount, totalCount };
  }

  /** Deadlines that a request missed here over the tokens from one to another, both included; 0 for a request that is not here. */
  missedBetween(key: number, fromToken: number, toToken: number): number {
    const late = this.lateByKey.get(key);
    if (late === undefined) return 0;
    let missed = 0;
    late.tokenIndexes.forEach((tokenIndex, index) => {
      if (tokenIndex >= fromToken && tokenIndex <= toToken) missed += late.missedCounts[index] ?? 0;
    });
    return missed;
  }
}

function lateTokensOf(request: SimulatedRequest, { deadlines }: Scenario): LateTokens {
  const rows = missesOf(request, 0, deadlines);
  return {
    tokenIndexes: rows.map(({ seq }) => tokensBefore(request, seq)),
    missedCounts: rows.map(({ missedCount }) => missedCount),
  };
}

/** Tokens before a chunk: the place of its first token in the answer. */
function tokensBefore({ tokenCounts }: SimulatedRequest, seq: number): number {
  let tokens = 0;
  for (let index = 0; index < seq; index++) tokens += tokenCounts[index] ?? 0;
  return tokens;
}
