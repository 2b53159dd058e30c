import { expect, it } from 'vitest';
import { CHAT, chatBody, metric, post, untilMetric, withSim } from './testing/sim-client.js';

const PROFILE = { engine: { kind: 'profile', profile: 'h100-llama3-8b' } } as const;

/** The series that vLLM's V1 engine publishes and monitors read, as its Python client names them. */
const SERIES = [
  'vllm:num_requests_running',
  'vllm:num_requests_waiting',
  'vllm:kv_cache_usage_perc',
  'vllm:num_preemptions_total',
  'vllm:prompt_tokens_total',
  'vllm:generation_tokens_total',
  'vllm:prefix_cache_queries_total',
  'vllm:prefix_cache_hits_total',
  'vllm:request_success_total',
  'vllm:iteration_tokens_total_sum',
  'vllm:time_to_first_token_seconds_sum',
  'vllm:inter_token_latency_seconds_sum',
  'vllm:time_per_output_token_seconds_sum',
  'vllm:e2e_request_latency_seconds_sum',
  'vllm:request_queue_time_seconds_sum',
  'vllm:request_prefill_time_seconds_sum',
  'vllm:request_decode_time_seconds_sum',
];

it('publishes vLLM’s series with its labels', async () => {
  await withSim({ ...PROFILE, model: 'm' }, async (sim) => {
    await (await post(sim, CHAT, chatBody({ max_tokens: 3, ignore_eos: true }))).text();
    const response = await fetch(`${sim.url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const page = await response.text();
    for (const name of SERIES) {
      expect(page).toMatch(new RegExp(`^${name}\\{.*model_name="m",engine="0"\\} \\d`, 'm'));
    }
  });
});

it('counts tokens, and times that add up', async () => {
  await withSim(PROFILE, async (sim) => {
    for (const max_tokens of [3, 5]) {
      await (await post(sim, CHAT, chatBody({ max_tokens, ignore_eos: true }))).text();
    }
    expect(await metric(sim, 'vllm:prompt_tokens_total')).toBe(10);
    expect(await metric(sim, 'vllm:generation_tokens_total')).toBe(8);
    // Each first token comes with the prompt's chunk, every other one with a decode.
    expect(await metric(sim, 'vllm:iteration_tokens_total_sum')).toBe(10 + 6);
    expect(await metric(sim, 'vllm:iteration_tokens_total_count')).toBe(8);
    expect(await metric(sim, 'vllm:time_to_first_token_seconds_count')).toBe(2);
    expect(await metric(sim, 'vllm:inter_token_latency_seconds_count')).toBe(6);
    const sum = async (name: string) => (await metric(sim, `vllm:${name}_seconds_sum`)) ?? NaN;
    const parts =
      (await sum('request_queue_time')) +
      (await sum('request_prefill_time')) +
      (await sum('request_decode_time'));
    expect(parts).toBeCloseTo(await sum('e2e_request_latency'), 6);
    expect(await sum('inter_token_latency')).toBeCloseTo(await sum('request_decode_time'), 6);
  });
});

it('tells waiting from prefill', async () => {
  const engine = { ...PROFILE.engine, overrides: { maxSequenceCount: 1 } };
  await withSim({ engine }, async (sim) => {
    const leave = new AbortController();
    const first = await post(sim, CHAT, chatBody({ stream: true, ignore_eos: true }), leave.signal);
    await first.body?.getReader().read();
    const second = post(sim, CHAT, chatBody({ max_tokens: 2, ignore_eos: true }));
    await untilMetric(sim, 'vllm:num_requests_waiting', 1);
    leave.abort();
    await (await second).text();
    // The first was cancelled: only the second is in these figures.
    expect(await metric(sim, 'vllm:request_queue_time_seconds_count')).toBe(1);
    expect(await metric(sim, 'vllm:request_queue_time_seconds_sum')).toBeGreaterThan(0);
    expect(await metric(sim, 'vllm:request_prefill_time_seconds_sum')).toBeGreaterThan(0.005);
  });
});

it('counts what the prefix cache saved', async () => {
  await withSim(PROFILE, async (sim) => {
    const prompt = { messages: [{ role: 'user', content: 'word '.repeat(40) }], max_tokens: 1 };
    await (await post(sim, CHAT, prompt)).text();
    await (await post(sim, CHAT, prompt)).text();
    expect(await metric(sim, 'vllm:prefix_cache_queries_total')).toBe(80);
    expect(await metric(sim, 'vllm:prefix_cache_hits_total')).toBe(32);
  });
});

it('lists the model and answers health checks', async () => {
  await withSim({ ...PROFILE, model: 'm' }, async (sim) => {
    expect(await (await fetch(`${sim.url}/v1/models`)).json()).toMatchObject({
      object: 'list',
      data: [{ id: 'm', object: 'model', max_model_len: 131_072 }],
    });
    expect((await fetch(`${sim.url}/health`)).status).toBe(200);
  });
});
