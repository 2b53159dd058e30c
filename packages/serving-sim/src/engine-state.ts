import type { EngineConfig } from './engine-config.js';
import type { EngineNs } from './engine-time.js';
import { KvPool } from './kv-pool.js';
import type { RequestHold } from './request-hold.js';
import type { Sequence } from './sequence.js';
import type { EngineRequest, ScheduledIteration } from './serving-engine.js';
import { WaitingQueue } from './waiting-queue.js';

/** All that changes in an engine, in one place. The scheduler and the engine work on it; nobody else sees it. */
export interface EngineState<R extends EngineRequest> {
  nowNs: EngineNs;
  nextIterationIndex: number;
  submittedCount: number;
  /** Arrival of the latest submission. */
  lastArrivalNs: EngineNs;
  inProgress: ScheduledIteration<R> | undefined;
  readonly waiting: WaitingQueue<R>;
  /** In order of admission. */
  running: Sequence<R>[];
  readonly sequences: Map<R, Sequence<R>>;
  readonly kv: KvPool;
  /** Of the draws that belong to a request and its token, not to an iteration. */
  readonly drawSeed: number;
  totalPreemptionCount: number;
  prefixQueryTokens: number;
  prefixHitTokens: number;
  /** Share of the prompts whose beginning is not found among the cached blocks. */
  lostPrefixRatio: number;
  /** What requests are held for as they are submitted. */
  readonly holds: Set<RequestHold>;
  /** Begun, and not over yet when it was last asked. */
  openHolds: readonly OpenHold[];
  /** Of holds that are over, by what they were for. */
  readonly totalHeldNs: Record<RequestHold['what'], number>;
  draftedTokens: number;
  acceptedTokens: number;
}

export interface OpenHold {
  readonly what: RequestHold['what'];
  readonly heldNs: number;
  readonly endNs: EngineNs;
}

export function newEngineState<R extends EngineRequest>(
  config: EngineConfig,
  drawSeed: number,
): EngineState<R> {
  return {
    nowNs: 0 as EngineNs,
    nextIterationIndex: 0,
    submittedCount: 0,
    lastArrivalNs: 0 as EngineNs,
    inProgress: undefined,
    waiting: new WaitingQueue<R>(),
    running: [],
    sequences: new Map(),
    kv: new KvPool(config.kvBlockCount),
    drawSeed,
    totalPreemptionCount: 0,
    prefixQueryTokens: 0,
    prefixHitTokens: 0,
    lostPrefixRatio: 0,
    holds: new Set(),
    openHolds: [],
    totalHeldNs: { schema: 0, kv: 0 },
    draftedTokens: 0,
    acceptedTokens: 0,
  };
}
