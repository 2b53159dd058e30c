import { engineNs, type EngineNs } from './engine-time.js';
import type { KvLease } from './kv-pool.js';
import type { EngineRequest } from './serving-engine.js';

/** A request inside the engine. */
export interface Sequence<R extends EngineRequest> {
  readonly request: R;
  readonly arrivedNs: EngineNs;
  /** From here on it may run: its arrival, or the end of what it was held for. */
  readonly readyNs: EngineNs;
  readonly drawKey: number;
  emittedTokens: number;
  /** Tokens whose KV exists; 0 again after a preemption. */
  computedTokens: number;
  /** Tokens of the iteration in progress; 0 outside of one. */
  scheduledTokens: number;
  /** Held while running. */
  lease: KvLease | undefined;
  isCancelled: boolean;
}

export function newSequence<R extends EngineRequest>(
  request: R,
  {
    arrivedNs,
    heldNs,
    drawKey,
  }: { readonly arrivedNs: EngineNs; readonly heldNs: number; readonly drawKey: number },
): Sequence<R> {
  return {
    request,
    arrivedNs,
    readyNs: engineNs(arrivedNs + heldNs),
    drawKey,
    emittedTokens: 0,
    computedTokens: 0,
    scheduledTokens: 0,
    lease: undefined,
    isCancelled: false,
  };
}

/**
 * Tokens to compute before the next one can be sampled: 1 for a decode, else what is left of the prompt or of a recompute. While an
 * iteration is booked, 0 or less: as many tokens are ready, and one more.
 */
export function pendingTokens({ request, emittedTokens, computedTokens }: Sequence<EngineRequest>): number {
  return request.promptTokens + emittedTokens - computedTokens;
}
