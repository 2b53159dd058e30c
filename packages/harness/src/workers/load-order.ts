import type { LlmClientOptions } from '@fluidscope/llm-client';
import type { DatasetRow, WorkloadSpec } from '@fluidscope/workload';
import type { LoadSettings } from '../load-settings.js';

/**
 * Everything that a worker needs to make the whole plan, its client and its token counter for itself: plain data, the
 * same for every worker.
 */
export interface LoadOrder {
  readonly workload: WorkloadSpec;
  readonly dataset: readonly DatasetRow[] | undefined;
  /** A `tokenizer.json` or a model folder; `undefined`: lengths by the stated approximation, one token a chunk. */
  readonly tokenizerPath: string | undefined;
  readonly client: Omit<LlmClientOptions, 'clock' | 'connector'>;
  readonly settings: LoadSettings;
}
