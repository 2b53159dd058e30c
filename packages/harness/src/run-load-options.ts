import type { TraceWriter } from '@fluidscope/trace-schema';
import type { RunClock } from '@fluidscope/units';
import type { LoadPlan } from '@fluidscope/workload';
import type { LoadSettings } from './load-settings.js';
import type { ProgressSnapshot } from './progress-snapshot.js';
import type { RunCompanion } from './run-companion.js';
import type { RunWarning } from './run-result.js';
import type { Timers } from './timers.js';
import type { PrefixTokenCounts } from './token-counting.js';
import type { SampledClient } from './transport/connection-sampling.js';

/** What one machine's run needs besides the load itself. */
export interface RunControl {
  /** Where the run is recorded. The run closes it, however it ends. */
  readonly writer: TraceWriter;
  /** Ends the sending; requests in flight may finish within the drain limit. */
  readonly stopSignal?: AbortSignal;
  /** Cancels what is in flight, at once. */
  readonly stopNowSignal?: AbortSignal;
  /** What records beside the load: started before it, stopped after it. */
  readonly companions?: readonly RunCompanion[];
  /** What a reader of the figures must know that was known before the load. */
  readonly warnings?: readonly RunWarning[];
  /** Called about once a second and once at the end; what it throws ends the run as `failed`. */
  readonly onProgress?: (snapshot: ProgressSnapshot) => void;
}

export interface RunLoadOptions extends RunControl {
  readonly plan: LoadPlan;
  readonly settings: LoadSettings;
  /** Used, not closed: the caller made it. Its stamps must come from `clock`. */
  readonly client: SampledClient;
  readonly clock: RunClock;
  /** Counts tokens where the server does not say; `undefined`: one token a chunk, and the trace says so. */
  readonly prefixTokenCounts: PrefixTokenCounts | undefined;
  /** Default: Node's own, on `clock`. */
  readonly timers?: Timers;
}
