/** How a request ended. */
export const REQUEST_STATUSES = ['ok', 'error', 'cancelled'] as const;
export type RequestStatus = (typeof REQUEST_STATUSES)[number];

/** Why a request did not end well: the closed vocabulary of `requests.error_code`. */
export const ERROR_CODES = [
  'connect',
  'tls',
  'http',
  'protocol',
  'server_error',
  'reset',
  'timeout_connect',
  'timeout_first_byte',
  'timeout_idle',
  'timeout_total',
  'cancelled',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** Warm-up requests are in the trace and in no metric. */
export const PHASES = ['warmup', 'measured'] as const;
export type Phase = (typeof PHASES)[number];

/** Who stamped a chunk's arrival. */
export const STAMP_SOURCES = ['kernel', 'user'] as const;
export type StampSource = (typeof STAMP_SOURCES)[number];

/** How tokens were counted, best first. */
export const TOKEN_COUNT_SOURCES = ['server_usage', 'tokenizer', 'one_per_chunk'] as const;
export type TokenCountSource = (typeof TOKEN_COUNT_SOURCES)[number];

/**
 * Where a request's own first-token deadline comes from: its prompt's predicted prefill; that of the nearest length the prediction
 * speaks for, its own being beyond; the run's one deadline, its prompt's length being unknown.
 */
export const TTFT_DEADLINE_SOURCES = ['prefill_profile', 'nearest_end', 'no_prompt_length'] as const;
export type TtftDeadlineSource = (typeof TTFT_DEADLINE_SOURCES)[number];

/** How the prompt's length is known. */
export const PROMPT_TOKEN_SOURCES = ['tokenizer', 'approximation', 'recorded'] as const;
export type PromptTokenSource = (typeof PROMPT_TOKEN_SOURCES)[number];
