import { createLlmClient, type LlmClient } from '@fluidscope/llm-client';
import type { RunClock } from '@fluidscope/units';
import { approximateTokenCounter, createLoadPlan, type LoadPlan } from '@fluidscope/workload';
import type { PrefixTokenCounts } from '../token-counting.js';
import type { LoadOrder } from './load-order.js';

/** What a load is driven with, made from plain data. */
export interface LoadParts {
  /** The whole plan. */
  readonly plan: LoadPlan;
  readonly client: LlmClient;
  readonly prefixTokenCounts: PrefixTokenCounts | undefined;
}

export function createLoadParts(order: LoadOrder, clock: RunClock): LoadParts {
  const tokenCounter = approximateTokenCounter();
  return {
    plan: createLoadPlan(order.workload, { tokenCounter, dataset: order.dataset }),
    client: createLlmClient({ ...order.client, clock }),
    prefixTokenCounts: undefined,
  };
}
