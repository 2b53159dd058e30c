import type { DurationNs, MonoNs, RunNs, WallNs } from '@fluidscope/units';
import type { Cause } from './causes.js';
import type {
  ErrorCode,
  Phase,
  PromptTokenSource,
  RequestStatus,
  TokenCountSource,
  TtftDeadlineSource,
} from './status.js';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The run as it was known when it began. Everything that is needed to run it again, and no secret. */
export interface RunStart {
  readonly runId: string;
  readonly startedWallNs: WallNs;
  /** The client's CLOCK_MONOTONIC at run time 0. */
  readonly startedMonoNs: MonoNs;
  readonly config: Json;
  readonly versions: Json;
  readonly machine: Json;
  /** Median cost of taking one stamp. */
  readonly stampOverheadNs: DurationNs;
  /** Smallest step seen between two readings of the clock. */
  readonly clockResolutionNs: DurationNs;
}

export interface RunEnd {
  readonly endedNs: RunNs;
  /** `finished`, or what stopped it: `duration`, `interrupted`, `failed`. */
  readonly stopReason: 'finished' | 'duration' | 'interrupted' | 'failed';
}

/** Written when a request leaves its queue, so that a trace cut short still knows what was in flight. */
export interface RequestStart {
  /** Position in the plan, from 0 over the whole run; `request_id` derives from it. */
  readonly requestIndex: number;
  readonly phase: Phase;
  /** When the plan wanted it sent. For a closed loop: when its slot came free. */
  readonly intendedNs: RunNs;
  /** When it was handed to the transport; `undefined` when the run stopped before that. */
  readonly sentNs: RunNs | undefined;
  readonly promptTokens: number | undefined;
  readonly promptTokensSource: PromptTokenSource | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly workerIndex: number;
  /** How long this client held it back, of its own choice, because the server had asked it to wait; absent: not at all. */
  readonly pacedNs?: DurationNs | undefined;
  /** What it had to meet by itself, in the grammar of SLOs (`ttft:200ms fluidity:0.95`); absent: what was asked of all. */
  readonly slo?: string | undefined;
}

/** What the metrics package says of one request; all `undefined` for a request that did not end `ok`. */
export interface RequestMetrics {
  /** From intended send to the first token of any kind. */
  readonly ttftNs: DurationNs | undefined;
  /** From actual send to the first token of any kind. */
  readonly ttftFromSentNs: DurationNs | undefined;
  /** From intended send to the first token that a user sees (not reasoning, not a tool call). */
  readonly ttftVisibleNs: DurationNs | undefined;
  /** A mean, and so not integral by nature: rounded to the nearest nanosecond. */
  readonly tpotMeanNs: DurationNs | undefined;
  readonly endToEndNs: DurationNs | undefined;
  readonly fluidityIndex: number | undefined;
  readonly tokenFluidityIndex: number | undefined;
  /** First gap skipped, no slack from it. */
  readonly decodeFluidityIndex: number | undefined;
  readonly missedDeadlinesCount: number | undefined;
  readonly totalDeadlinesCount: number | undefined;
  readonly minTbtDeadlineNs: DurationNs | undefined;
}

export interface RequestEnd extends RequestMetrics {
  readonly requestIndex: number;
  readonly status: RequestStatus;
  readonly errorCode: ErrorCode | undefined;
  readonly httpStatus: number | undefined;
  /** The server's own words, or the transport's; cut to 500 characters. */
  readonly errorMessage: string | undefined;
  readonly responseId: string | undefined;
  readonly finishReason: string | undefined;
  /** Arrival of the first chunk that carried a token. */
  readonly firstChunkNs: RunNs | undefined;
  readonly endedNs: RunNs;
  readonly outputTokens: number | undefined;
  readonly tokenCountSource: TokenCountSource | undefined;
  /** What the server said in its usage, beside what was counted. */
  readonly usagePromptTokens: number | undefined;
  readonly usageOutputTokens: number | undefined;
  /** Of the usage's prompt tokens, those that the server took from its prefix cache. */
  readonly usageCachedTokens?: number | undefined;
  /** How long the server asked to wait (Retry-After on 429 or 503). */
  readonly retryAfterNs?: DurationNs | undefined;
  /** The response's `x-ratelimit-*` headers, by name. */
  readonly rateLimitHeaders?: Readonly<Record<string, string>> | undefined;
  /** Its own first-token deadline, and where that comes from; absent where the run has one for all. */
  readonly ttftDeadlineNs?: DurationNs | undefined;
  readonly ttftDeadlineSource?: TtftDeadlineSource | undefined;
}

/**
 * Chunks in columns, for they are many: row `i` is `(requestIndex[i], seq[i], …)`. Only rows below `length` count.
 * A chunk of no token (role, usage, finish) is a row with `tokenCount` 0.
 */
export interface ChunkColumns {
  readonly length: number;
  readonly requestIndex: Uint32Array;
  /** Position of the chunk in its stream, from 0. */
  readonly seq: Uint32Array;
  /** `RunNs`. */
  readonly arrivalNs: Float64Array;
  readonly tokenCount: Uint32Array;
  /** Index into `STAMP_SOURCES`. */
  readonly stampSource: Uint8Array;
  /** The true arrival lies in `[arrivalNs - errorNs, arrivalNs]`; NaN when no bound is known. */
  readonly errorNs: Float64Array;
}

/** A better token count for chunks already written (a tokenizer runs after the stream has ended). */
export interface ChunkTokenCounts {
  readonly requestIndex: number;
  readonly seq: Uint32Array;
  readonly tokenCount: Uint32Array;
}

/** A sample of the load generator's own host. */
export interface HostSample {
  /** `client`, or `client/2` for a worker's thread. */
  readonly agentId: string;
  readonly metric: string;
  readonly timeNs: RunNs;
  readonly value: number;
}

export interface ServerSample {
  readonly endpoint: string;
  readonly metric: string;
  readonly timeNs: RunNs;
  readonly value: number;
}

export interface TraceEvent {
  readonly source: string;
  readonly kind: string;
  readonly timeNs: RunNs;
  readonly detail: Json;
}

/** Something that should have been recorded and was not. */
export interface Loss {
  readonly source: string;
  readonly fromNs: RunNs;
  readonly toNs: RunNs;
  /** `undefined` where nobody could count what did not come. */
  readonly count: number | undefined;
  readonly reason: string;
}

export interface DeadlineMiss {
  readonly requestIndex: number;
  /** The chunk whose first token came late. */
  readonly seq: number;
  readonly dueNs: RunNs;
  readonly arrivalNs: RunNs;
  readonly missedCount: number;
}

/** A stall episode, as a diagnosis found it. */
export interface EpisodeRow {
  readonly episodeId: string;
  readonly startNs: RunNs;
  readonly endNs: RunNs;
  /** `engine`, `request` or `first_token`; `undefined` where nothing was there to compare with. */
  readonly scope: string | undefined;
  readonly cause: Cause;
  /** `undefined` for `unknown`. */
  readonly confidence: number | undefined;
  readonly tier: string | undefined;
  /** A miss that several episodes brought about is shared among them: rounded to whole deadlines. */
  readonly missedCount: number;
  readonly evidence: Json;
}

/** The episode that a late token is laid to: the one that delayed it most. */
export interface EpisodeMiss {
  readonly requestIndex: number;
  readonly seq: number;
  readonly episodeId: string;
}

/** One row of the `requests` view. */
export interface RequestRow extends RequestStart, Omit<RequestEnd, 'requestIndex' | 'status' | 'endedNs'> {
  readonly requestId: string;
  /** `undefined`: still in flight when the trace was cut short. */
  readonly status: RequestStatus | undefined;
  readonly endedNs: RunNs | undefined;
}

export interface RunRow extends RunStart {
  /** `undefined` when the trace was cut short. */
  readonly end: RunEnd | undefined;
}

/** The public name of a request: stable for a plan, whatever the number of workers. */
export function requestIdOf(requestIndex: number): string {
  return `r${String(requestIndex).padStart(6, '0')}`;
}
