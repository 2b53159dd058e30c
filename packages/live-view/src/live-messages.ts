/**
 * What goes over the live page's WebSocket, as JSON, snake_case. Times (`*_ns`) are ns of the page's one axis: the run's, or without a run
 * since the page's server began. Absent is null.
 */
export const LIVE_VERSION = 1;

/** Where the WebSocket is. */
export const LIVE_PATH = '/v1/live';

/** The subprotocol that both sides must speak; a token follows it as another, for a browser can set no header. */
export const LIVE_PROTOCOL = `fluidscope.live.v${LIVE_VERSION}`;
export const TOKEN_PROTOCOL_PREFIX = 'bearer.';

/** Frames a second, and what each stands for. */
export const FRAMES_PER_S = 20;
export const FRAME_NS = 1e9 / FRAMES_PER_S;

/** What of the metrics is drawn for each GPU, in the order of the values of a frame. */
export const LIVE_GPU_METRICS = [
  'sm_clock_mhz',
  'power_mw',
  'power_limit_mw',
  'utilization_gpu_pct',
  'memory_used_bytes',
  'memory_total_bytes',
  'temperature_gpu_celsius',
  'clocks_event_reasons_mask',
] as const;

export interface LiveRunAbout {
  readonly run_id: string;
  readonly model: string;
  readonly url: string;
  readonly ttft_deadline_ns: number;
  readonly tbt_deadline_ns: number;
  /** Whether each request has a first-token deadline of its own, by its prompt's length. */
  readonly has_own_ttft_deadlines: boolean;
}

export interface LiveAgentAbout {
  readonly agent_id: string | null;
  readonly url: string;
  readonly gpus: readonly { readonly index: number; readonly uuid: string; readonly name: string }[];
}

/** Whose frames they are; told first, and anew when it changes. */
export interface AboutMessage {
  readonly type: 'about';
  readonly version: number;
  /** A server that was started anew has another: nothing of the one before is resumed. */
  readonly session: string;
  readonly frame_ns: number;
  /** How far the page is behind now, so that what arrived has come in before its frame is made. */
  readonly lag_ns: number;
  readonly window_ns: number;
  readonly quantile_error_ratio: number;
  /** Streams that have a line of their own; further ones are counted. */
  readonly slots_count: number;
  readonly run: LiveRunAbout | null;
  readonly agents: readonly LiveAgentAbout[];
}

export interface LiveQuantiles {
  readonly count: number;
  readonly p50_ns: number | null;
  readonly p99_ns: number | null;
}

export interface LiveWindow {
  /** Of the deadlines that tokens settled within the window, the share met; null where there were none. */
  readonly fluidity_index: number | null;
  readonly settled_count: number;
  readonly missed_count: number;
  readonly tokens_per_s: number;
  /** From the intended send to the first token, of first tokens that came within the window. */
  readonly ttft: LiveQuantiles;
  /** Gaps before the later tokens that came within the window, 0 for those that share a chunk with the one before. */
  readonly tbt: LiveQuantiles;
}

/** A token that came late. */
export interface LiveMiss {
  readonly request_index: number;
  readonly due_ns: number;
  readonly arrival_ns: number;
  readonly missed_count: number;
}

/** A stream whose next token is overdue. */
export interface LateStream {
  readonly request_index: number;
  readonly overdue_ns: number;
  readonly since_token_ns: number;
  readonly tokens: number;
  readonly missed_count: number;
  readonly is_first: boolean;
}

export interface LiveServerFigures {
  readonly running_count: number | null;
  readonly waiting_count: number | null;
  readonly kv_cache_usage_ratio: number | null;
  /** Of the oldest of them. */
  readonly age_ns: number;
}

export interface RunFrame {
  /** A letter of `STREAM_STATES` for each slot; empty ones at the end are cut off. */
  readonly streams: string;
  readonly active_count: number;
  readonly waiting_count: number;
  readonly overdue_count: number;
  readonly unslotted_count: number;
  readonly is_warmup: boolean;
  readonly started_count: number;
  readonly ok_count: number;
  readonly failed_count: number;
  readonly cancelled_count: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly window: LiveWindow;
  /** The latest ones of this frame by lateness, and how many late tokens there were in it and so far. */
  readonly misses: readonly LiveMiss[];
  readonly late_tokens_count: number;
  readonly late_tokens_total_count: number;
  readonly late_streams: readonly LateStream[];
  readonly server: LiveServerFigures | null;
  /** Records that did not reach the page or came too late for their frame; the trace has them. */
  readonly unseen_count: number;
  readonly late_records_count: number;
  /** How the run ended, once it has. */
  readonly ended: string | null;
}

export interface AgentFrame {
  readonly link: 'connecting' | 'connected' | 'disconnected' | 'ended';
  readonly link_reason: string | null;
  readonly lost_count: number;
  readonly losses_count: number;
  /** No time of the agent is wrong by more on the page's axis; null before its clock was compared. */
  readonly clock_bound_ns: number | null;
  /** For each GPU of `about`, values in order of `LIVE_GPU_METRICS` and their ages. */
  readonly values: readonly (readonly (number | null)[])[];
  readonly ages_ns: readonly (readonly (number | null)[])[];
  readonly cpu_busy_ratio: number | null;
  readonly memory_available_bytes: number | null;
  /** What happened there since the frame before. */
  readonly notes: readonly string[];
}

export interface FrameMessage {
  readonly type: 'frame';
  readonly seq: number;
  /** The end of what it shows. */
  readonly t_ns: number;
  readonly run: RunFrame | null;
  readonly agents: readonly AgentFrame[];
}

/** Frames that the reader has not had, oldest first, in one piece: from before it came, or while it did not keep up. Gaps in `seq` are frames that are gone. */
export interface HistoryMessage {
  readonly type: 'history';
  readonly frames: readonly FrameMessage[];
}

export type LiveMessage = AboutMessage | FrameMessage | HistoryMessage;

/** What the page sends: first where it wants to go on, then each frame that it has taken in. */
export type LiveRequest =
  | { readonly type: 'resume'; readonly session: string | null; readonly after_seq: number }
  | { readonly type: 'ack'; readonly seq: number };
