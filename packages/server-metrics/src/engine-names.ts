import type { ServerMetric, ServingEngine } from './server-metric.js';

/** Where a common metric stands on an engine's page. */
export interface EngineName {
  readonly engine: ServingEngine;
  /** As on the page. */
  readonly name: string;
  readonly metric: ServerMetric;
  /** Only lines with these labels. */
  readonly labels?: Readonly<Record<string, string>>;
}

type Names = Readonly<Record<string, ServerMetric>>;

/** V1 names first; where an older release says the same under another name, the newer wins if both are there. */
const VLLM: Names = {
  'vllm:num_requests_running': 'requests_running_count',
  'vllm:num_requests_waiting': 'requests_waiting_count',
  'vllm:kv_cache_usage_perc': 'kv_cache_usage_ratio',
  'vllm:gpu_cache_usage_perc': 'kv_cache_usage_ratio',
  'vllm:num_preemptions_total': 'preemptions_count',
  'vllm:prompt_tokens_total': 'prompt_tokens_count',
  'vllm:generation_tokens_total': 'generation_tokens_count',
  'vllm:prefix_cache_queries_total': 'prefix_cache_query_tokens',
  'vllm:gpu_prefix_cache_queries_total': 'prefix_cache_query_tokens',
  'vllm:prefix_cache_hits_total': 'prefix_cache_hit_tokens',
  'vllm:gpu_prefix_cache_hits_total': 'prefix_cache_hit_tokens',
  'vllm:gpu_prefix_cache_hit_rate': 'prefix_cache_hit_ratio',
  'vllm:iteration_tokens_total_count': 'iterations_count',
  'vllm:iteration_tokens_total_sum': 'iteration_tokens_count',
  'vllm:spec_decode_num_draft_tokens_total': 'speculative_draft_tokens',
  'vllm:spec_decode_num_accepted_tokens_total': 'speculative_accepted_tokens',
  'vllm:request_queue_time_seconds_sum': 'queue_time_s',
  'vllm:request_queue_time_seconds_count': 'queue_time_requests_count',
  'vllm:nixl_xfer_time_seconds_sum': 'kv_transfer_time_s',
};

/** https://docs.sglang.io/references/production_metrics.html */
const SGLANG: Names = {
  'sglang:num_running_reqs': 'requests_running_count',
  'sglang:num_queue_reqs': 'requests_waiting_count',
  'sglang:token_usage': 'kv_cache_usage_ratio',
  'sglang:num_retracted_requests_total': 'preemptions_count',
  'sglang:prompt_tokens_total': 'prompt_tokens_count',
  'sglang:generation_tokens_total': 'generation_tokens_count',
  'sglang:cache_hit_rate': 'prefix_cache_hit_ratio',
  'sglang:spec_accept_length': 'speculative_accepted_tokens_mean',
  'sglang:grammar_compilation_time_seconds_sum': 'grammar_compile_time_s',
};

const TGI: Names = {
  tgi_queue_size: 'requests_waiting_count',
  tgi_batch_current_size: 'requests_running_count',
  tgi_batch_forward_duration_sum: 'iteration_time_s',
  tgi_batch_forward_duration_count: 'iterations_count',
  tgi_request_queue_duration_sum: 'queue_time_s',
  tgi_request_queue_duration_count: 'queue_time_requests_count',
};

const LLAMA_CPP: Names = {
  'llamacpp:requests_processing': 'requests_running_count',
  'llamacpp:requests_deferred': 'requests_waiting_count',
  'llamacpp:kv_cache_usage_ratio': 'kv_cache_usage_ratio',
  'llamacpp:prompt_tokens_total': 'prompt_tokens_count',
  'llamacpp:tokens_predicted_total': 'generation_tokens_count',
  'llamacpp:n_decode_total': 'iterations_count',
};

/** Of Triton's TensorRT-LLM backend, which tells quantities apart by a label. */
const TENSORRT_LLM: readonly EngineName[] = [
  triton('nv_trt_llm_request_metrics', 'request_type', 'active', 'requests_running_count'),
  triton('nv_trt_llm_request_metrics', 'request_type', 'waiting', 'requests_waiting_count'),
  triton('nv_trt_llm_kv_cache_block_metrics', 'kv_cache_block_type', 'fraction', 'kv_cache_usage_ratio'),
];

function triton(name: string, label: string, value: string, metric: ServerMetric): EngineName {
  return { engine: 'tensorrt-llm', name, metric, labels: { [label]: value } };
}

function namesOf(engine: ServingEngine, names: Names): EngineName[] {
  return Object.entries(names).map(([name, metric]) => ({ engine, name, metric }));
}

/** Every name that is understood; of two for one metric the earlier is preferred. */
export const ENGINE_NAMES: readonly EngineName[] = [
  ...namesOf('vllm', VLLM),
  ...namesOf('sglang', SGLANG),
  ...namesOf('tgi', TGI),
  ...namesOf('llama.cpp', LLAMA_CPP),
  ...TENSORRT_LLM,
];
