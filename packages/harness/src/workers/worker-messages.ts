import type {
  ChunkColumns,
  ChunkTokenCounts,
  DeadlineMiss,
  HostSample,
  Phase,
  RequestEnd,
  RequestStart,
  RunEnd,
  TraceEvent,
} from '@fluidscope/trace-schema';
import type { RunNs } from '@fluidscope/units';
import type { LoadTally } from '../load-tally.js';
import type { ClockZero } from '../run-clock.js';
import type { LoadOrder } from './load-order.js';

/** What a worker is started with. */
export interface WorkerAssignment {
  readonly order: LoadOrder;
  readonly workerIndex: number;
  readonly workersCount: number;
  readonly zero: ClockZero;
}

export type ToWorker =
  /** All are ready: this phase's schedule has its zero at `atNs`. */
  | { readonly kind: 'start'; readonly phase: Phase; readonly atNs: RunNs }
  | { readonly kind: 'drain' }
  | { readonly kind: 'cancel' };

export type FromWorker =
  /** Warm-up, if any, is over; the first prompts of this phase are built. */
  | { readonly kind: 'ready'; readonly phase: Phase }
  | { readonly kind: 'records'; readonly batch: RecordBatch }
  /** The sums so far; posted behind the records that they sum up. */
  | WorkerTally
  | { readonly kind: 'draining'; readonly atNs: RunNs; readonly reason: RunEnd['stopReason'] }
  /** The last message: everything was recorded and posted. */
  | {
      readonly kind: 'ended';
      readonly reason: RunEnd['stopReason'];
      readonly failureMessage: string | undefined;
    };

export interface WorkerTally {
  readonly kind: 'tally';
  readonly atNs: RunNs;
  readonly tally: LoadTally;
  /** Of the measured requests since the last tally. */
  readonly newTtftsNs: Float64Array;
}

export type RecordBatch =
  | { readonly table: 'request_starts'; readonly rows: readonly RequestStart[] }
  | { readonly table: 'request_ends'; readonly rows: readonly RequestEnd[] }
  | { readonly table: 'chunks'; readonly columns: ChunkColumns }
  | { readonly table: 'chunk_token_counts'; readonly counts: ChunkTokenCounts }
  | { readonly table: 'deadline_misses'; readonly rows: readonly DeadlineMiss[] }
  | { readonly table: 'host_samples'; readonly rows: readonly HostSample[] }
  | { readonly table: 'events'; readonly rows: readonly TraceEvent[] };
