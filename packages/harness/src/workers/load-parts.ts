import { loadTokenizer } from '@fluidscope/tokenizer';
import { approximateTokenCounter, createLoadPlan, type LoadPlan } from '@fluidscope/workload';
import type { StartedRunClock } from '../run-clock.js';
import { createLoadClient } from '../stamps/create-load-client.js';
import type { OpenKernelSockets } from '../stamps/kernel-sockets.js';
import type { SampledClient } from '../transport/connection-sampling.js';
import type { PrefixTokenCounts } from '../token-counting.js';
import type { LoadOrder } from './load-order.js';

/** What a load is driven with, made from plain data. */
export interface LoadParts {
  /** The whole plan. */
  readonly plan: LoadPlan;
  readonly client: SampledClient;
  readonly prefixTokenCounts: PrefixTokenCounts | undefined;
}

/** Rejects with a `FluidscopeError` for a tokenizer, an address, a workload or a stamp source that cannot be used. */
export async function createLoadParts(
  order: LoadOrder,
  clock: StartedRunClock,
  openSockets?: OpenKernelSockets,
): Promise<LoadParts> {
  const { tokenizerPath, workload, dataset } = order;
  const tokenizer = tokenizerPath === undefined ? undefined : await loadTokenizer(tokenizerPath);
  return {
    plan: createLoadPlan(workload, { tokenCounter: tokenizer ?? approximateTokenCounter(), dataset }),
    client: createLoadClient({ ...order, clock, ...(openSockets && { openSockets }) }),
    prefixTokenCounts: tokenizer && ((pieces) => tokenizer.prefixTokenCounts(pieces)),
  };
}
