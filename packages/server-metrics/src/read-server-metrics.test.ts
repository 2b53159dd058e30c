import { describe, expect, it } from 'vitest';
import { readServerMetrics, SERVER_METRICS } from './index.js';
import { ENGINE_NAMES } from './engine-names.js';

/** Two data-parallel ranks. */
const VLLM_V1 = `
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m"} 12.0
vllm:num_requests_running{engine="1",model_name="m"} 30.0
vllm:num_requests_waiting{engine="0",model_name="m"} 0.0
vllm:num_requests_waiting{engine="1",model_name="m"} 4.0
vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25
vllm:kv_cache_usage_perc{engine="1",model_name="m"} 0.96
vllm:num_preemptions_total{engine="0",model_name="m"} 2.0
vllm:num_preemptions_created{engine="0",model_name="m"} 1.7e+09
vllm:iteration_tokens_total_bucket{engine="0",le="8.0",model_name="m"} 3.0
vllm:iteration_tokens_total_sum{engine="0",model_name="m"} 512.0
vllm:iteration_tokens_total_count{engine="0",model_name="m"} 32.0
process_cpu_seconds_total 12.5
`;

function valuesOf(text: string): Record<string, number> {
  return Object.fromEntries(readServerMetrics(text).values);
}

describe('readServerMetrics', () => {
  it('adds up ranks, and takes the fullest cache', () => {
    expect(readServerMetrics(VLLM_V1).engine).toBe('vllm');
    expect(valuesOf(VLLM_V1)).toEqual({
      requests_running_count: 42,
      requests_waiting_count: 4,
      kv_cache_usage_ratio: 0.96,
      preemptions_count: 2,
      iterations_count: 32,
      iteration_tokens_count: 512,
    });
  });

  it('understands the names of older releases, and prefers the newer where both are there', () => {
    expect(valuesOf('vllm:gpu_cache_usage_perc 0.5')).toEqual({ kv_cache_usage_ratio: 0.5 });
    expect(valuesOf('vllm:gpu_cache_usage_perc 0.5\nvllm:kv_cache_usage_perc 0.6')).toEqual({
      kv_cache_usage_ratio: 0.6,
    });
  });

  it.each([
    ['sglang', 'sglang:num_queue_reqs{model_name="m"} 7', { requests_waiting_count: 7 }],
    ['sglang', 'sglang:grammar_compilation_time_seconds_sum 1.5', { grammar_compile_time_s: 1.5 }],
    ['vllm', 'vllm:nixl_xfer_time_seconds_sum{engine="0"} 0.25', { kv_transfer_time_s: 0.25 }],
    [
      'tgi',
      'tgi_batch_current_size 5\ntgi_batch_forward_duration_sum{method="decode"} 1.5\ntgi_batch_forward_duration_sum{method="prefill"} 0.5',
      { requests_running_count: 5, iteration_time_s: 2 },
    ],
    [
      'llama.cpp',
      'llamacpp:requests_processing 2\nllamacpp:requests_deferred 1',
      { requests_running_count: 2, requests_waiting_count: 1 },
    ],
    [
      'tensorrt-llm',
      'nv_trt_llm_request_metrics{model="m",request_type="waiting",version="1"} 3\nnv_trt_llm_request_metrics{request_type="max"} 512\nnv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="fraction"} 0.7',
      { requests_waiting_count: 3, kv_cache_usage_ratio: 0.7 },
    ],
  ])('knows %s', (engine, text, expected) => {
    expect(readServerMetrics(text).engine).toBe(engine);
    expect(valuesOf(text)).toEqual(expected);
  });

  it('leaves out what is no finite number, and never makes a zero of it', () => {
    expect(valuesOf('vllm:kv_cache_usage_perc NaN\nvllm:num_requests_running 1')).toEqual({
      requests_running_count: 1,
    });
  });

  it('says that a page is of no engine it knows', () => {
    expect(readServerMetrics('up 1\n<p>')).toEqual({
      engine: undefined,
      values: new Map(),
      unreadableCount: 1,
    });
  });

  it('names each line of a page once', () => {
    const keys = ENGINE_NAMES.map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(ENGINE_NAMES.every(({ metric }) => metric in SERVER_METRICS)).toBe(true);
  });
});
