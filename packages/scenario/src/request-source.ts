import {
  approximateTokenCounter,
  createLoadPlan,
  type LengthSpec,
  type PlannedRequest,
} from '@fluidscope/workload';
import type { Fault } from './fault.js';
import type { Load } from './scenario.js';
import type { RequestPlan } from './simulated-request.js';
import { textKey } from './text-key.js';
import type { Window } from './timing-windows.js';

export interface RequestLimits {
  readonly seed: number;
  readonly durationNs: number;
  readonly replicaCount: number;
  readonly maxModelTokens: number;
  readonly blockTokens: number;
}

/** Requests of one load, in order: all that a schedule sends in time, or one more whenever a closed loop has a slot free. */
export class RequestSource {
  readonly concurrencyCount: number | undefined;
  private readonly planned: Iterator<PlannedRequest, void>;

  /** `sourceIndex`: 0 for the run's own client, then the background loads; each draws from streams of its own. */
  constructor(
    private readonly load: Load,
    private readonly sourceIndex: number,
    private readonly limits: RequestLimits,
  ) {
    const plan = createLoadPlan(
      {
        seed: limits.seed + sourceIndex * 1_000_003,
        arrivals: load.arrivals,
        warmupRequestCount: load.warmupRequestCount,
        promptLengths: load.promptLengths,
        outputLengths: load.outputLengths,
        ...(load.sharedPrefixTokens === 0 ? {} : { sharedPrefixTokens: load.sharedPrefixTokens }),
      },
      { tokenCounter: approximateTokenCounter() },
    );
    this.concurrencyCount = plan.concurrencyCount;
    this.planned = plan.requests()[Symbol.iterator]() as Iterator<PlannedRequest, void>;
  }

  /** The next request; without a schedule it is wanted at `freeNs`. `undefined` once the load's time is over. */
  next(freeNs: number): RequestPlan | undefined {
    const next = this.planned.next();
    if (next.done === true) return undefined;
    const { value } = next;
    const intendedNs = value.intendedOffsetNs ?? freeNs;
    if (intendedNs >= this.limits.durationNs) return undefined;
    const { sourceIndex, load, limits } = this;
    const replicas = load.replicaIndexes ?? Array.from({ length: limits.replicaCount }, (_, index) => index);
    return {
      key: sourceIndex * 2 ** 24 + value.requestIndex,
      phase: value.phase,
      isRecorded: sourceIndex === 0,
      intendedNs,
      replicaIndex: replicas[value.requestIndex % replicas.length] ?? 0,
      ...fitted(value.promptTokens ?? 1, value.outputTokens ?? 1, limits),
      ...(load.sharedPrefixTokens === 0
        ? {}
        : { promptBlockKeys: sharedKeys(load.sharedPrefixTokens, limits) }),
    };
  }
}

/** The requests that a storm adds at each of its starts; they draw by the storm and their number alone. */
export function stormRequests(
  { id, replicaIndex, effect }: Fault,
  windows: readonly Window[],
  limits: RequestLimits,
): readonly RequestPlan[] {
  if (effect.kind !== 'prompt_storm') return [];
  const { requestCount, promptLengths, outputLengths, from } = effect;
  const key = textKey(id);
  const seed = (limits.seed + (key >>> 0)) % 2 ** 32;
  const planned = [...drawnLengths(seed, windows.length * requestCount, { promptLengths, outputLengths })];
  return planned.map(({ promptTokens, outputTokens }, index) => ({
    key: (key & 0x7fffff) * 128 + 2 ** 30 + index,
    phase: 'measured',
    isRecorded: from === 'client',
    intendedNs: windows[Math.floor(index / requestCount)]?.fromNs ?? 0,
    replicaIndex: replicaIndex ?? index % limits.replicaCount,
    ...fitted(promptTokens, outputTokens, limits),
  }));
}

function* drawnLengths(
  seed: number,
  requestCount: number,
  lengths: { readonly promptLengths: LengthSpec; readonly outputLengths: LengthSpec },
): Generator<{ readonly promptTokens: number; readonly outputTokens: number }> {
  if (requestCount === 0) return;
  const plan = createLoadPlan(
    { seed, arrivals: { kind: 'all_at_once' }, requestCount, warmupRequestCount: 0, ...lengths },
    { tokenCounter: approximateTokenCounter() },
  );
  for (const { promptTokens = 1, outputTokens = 1 } of plan.requests()) yield { promptTokens, outputTokens };
}

/** Cut to what the engine takes: the output first, down to one token. */
function fitted(
  promptTokens: number,
  outputTokens: number,
  { maxModelTokens }: RequestLimits,
): { readonly promptTokens: number; readonly outputTokens: number } {
  const prompt = Math.min(promptTokens, maxModelTokens - 1);
  return { promptTokens: prompt, outputTokens: Math.min(outputTokens, maxModelTokens - prompt) };
}

function sharedKeys(sharedPrefixTokens: number, { blockTokens }: RequestLimits): readonly string[] {
  return Array.from(
    { length: Math.floor(sharedPrefixTokens / blockTokens) },
    (_, index) => `shared/${index}`,
  );
}
