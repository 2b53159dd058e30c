import { createLlmClient, type LlmClient } from '@fluidscope/llm-client';
import { loadTokenizer } from '@fluidscope/tokenizer';
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

/** Rejects with a `UsageError` for a tokenizer, an address or a workload that cannot be used. */
export async function createLoadParts(order: LoadOrder, clock: RunClock): Promise<LoadParts> {
  const { tokenizerPath, workload, dataset } = order;
  const tokenizer = tokenizerPath === undefined ? undefined : await loadTokenizer(tokenizerPath);
  return {
    plan: createLoadPlan(workload, { tokenCounter: tokenizer ?? approximateTokenCounter(), dataset }),
    client: createLlmClient({ ...order.client, clock }),
    prefixTokenCounts: tokenizer && ((pieces) => tokenizer.prefixTokenCounts(pieces)),
  };
}
