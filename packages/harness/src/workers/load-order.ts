import type { StampSource } from '@fluidscope/trace-schema';
import type { DatasetRow, WorkloadSpec } from '@fluidscope/workload';
import type { LoadSettings } from '../load-settings.js';
import type { LoadClientSettings } from '../stamps/create-load-client.js';

/**
 * Everything that a worker needs to make the whole plan, its client and its token counter for itself: plain data, the
 * same for every worker.
 */
export interface LoadOrder {
  readonly workload: WorkloadSpec;
  readonly dataset: readonly DatasetRow[] | undefined;
  /** A `tokenizer.json` or a model folder; `undefined`: lengths by the stated approximation, one token a chunk. */
  readonly tokenizerPath: string | undefined;
  readonly client: LoadClientSettings;
  /** Who stamps the tokens; each worker opens sockets of its own. */
  readonly stampSource: StampSource;
  readonly settings: LoadSettings;
}
