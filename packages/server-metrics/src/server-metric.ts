/**
 * What a serving engine says of itself, in names of our own: the `metric` of a trace's `server_samples`. `gauge`: a level at the time of the
 * scrape. `counter`: only grows until the engine restarts.
 */
export const SERVER_METRICS = {
  requests_running_count: 'gauge',
  requests_waiting_count: 'gauge',
  /** Share of the KV cache in use, 0 to 1. */
  kv_cache_usage_ratio: 'gauge',
  preemptions_count: 'counter',
  prompt_tokens_count: 'counter',
  generation_tokens_count: 'counter',
  prefix_cache_query_tokens: 'counter',
  prefix_cache_hit_tokens: 'counter',
  /** Share of prompt tokens found in the prefix cache, 0 to 1, where the engine gives only that. */
  prefix_cache_hit_ratio: 'gauge',
  /** Engine steps, and the tokens that they worked on. */
  iterations_count: 'counter',
  iteration_tokens_count: 'counter',
  /** Seconds that steps took, added up. */
  iteration_time_s: 'counter',
  speculative_draft_tokens: 'counter',
  speculative_accepted_tokens: 'counter',
  /** Mean tokens accepted a step. */
  speculative_accepted_tokens_mean: 'gauge',
  /** Seconds that ended requests had waited, added up, and their number. */
  queue_time_s: 'counter',
  queue_time_requests_count: 'counter',
  /** Seconds spent compiling grammars of structured outputs, and moving KV caches between engines, added up. */
  grammar_compile_time_s: 'counter',
  kv_transfer_time_s: 'counter',
} as const satisfies Readonly<Record<string, 'gauge' | 'counter'>>;

export type ServerMetric = keyof typeof SERVER_METRICS;

export type ServingEngine = 'vllm' | 'sglang' | 'tgi' | 'tensorrt-llm' | 'llama.cpp';
