// Writes a trace with what readers may get wrong (NULLs, negative and large numbers, quotes, line ends, half a million
// chunks, counts that came late) and the rows that its views must have.
//
//   node write-sample-trace.mjs FOLDER    writes FOLDER/run.duckdb and FOLDER/expected.json
import { createTraceWriter } from '@fluidscope/trace-store';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2] ?? '.';
const CHUNKS_COUNT = 500_000;
const STREAMS_COUNT = 1_000;
const TEXT = 'caf\u00e9 \u{1f600}, "quoted", \'single\'\nsecond line \\ tab\t;';

const start = {
  runId: 'sample',
  startedWallNs: 1_790_000_000_123_456_789n,
  startedMonoNs: 86_400_000_000_001n,
  config: { url: 'http://127.0.0.1:8000', note: TEXT, nothing: null, stages: [{ rate_per_s: 10.5 }] },
  versions: { fluidscope: '0.1.0' },
  machine: {},
  stampOverheadNs: 41,
  clockResolutionNs: 1,
};
const request = {
  requestIndex: 1_234_567,
  phase: 'measured',
  intendedNs: -5,
  sentNs: 1_000,
  promptTokens: 512,
  promptTokensSource: 'tokenizer',
  maxOutputTokens: undefined,
  workerIndex: 1,
  pacedNs: 250_000_000,
  slo: 'ttft:200ms',
};
const inFlight = { ...request, requestIndex: 3, phase: 'warmup', sentNs: undefined, promptTokens: undefined };
const ended = {
  requestIndex: 1_234_567,
  status: 'ok',
  errorCode: undefined,
  httpStatus: 200,
  errorMessage: undefined,
  responseId: 'chatcmpl-1',
  finishReason: '',
  firstChunkNs: 2_000,
  endedNs: 9_007_199_254_740_991,
  outputTokens: 20,
  tokenCountSource: 'server_usage',
  usagePromptTokens: undefined,
  usageOutputTokens: 20,
  usageCachedTokens: 7,
  retryAfterNs: 1_500_000_000,
  ttftDeadlineNs: 2_000_000_001,
  ttftDeadlineSource: 'prefill_profile',
  ttftNs: 2_005,
  ttftFromSentNs: 1_000,
  ttftVisibleNs: undefined,
  tpotMeanNs: 21,
  endToEndNs: 3_000,
  fluidityIndex: 0.1 + 0.2,
  tokenFluidityIndex: 1,
  decodeFluidityIndex: 1 / 3,
  missedDeadlinesCount: 0,
  totalDeadlinesCount: 57,
  minTbtDeadlineNs: 24_000_000,
};

const writer = await createTraceWriter(join(folder, 'run.duckdb'), start);
writer.appendRequestStarts([request, inFlight]);
writer.appendRequestEnds([ended]);
writer.appendChunks(sampleChunks());
writer.appendChunkTokenCounts({
  requestIndex: 7,
  seq: Uint32Array.of(0, 3),
  tokenCount: Uint32Array.of(4, 0),
});
writer.appendDeadlineMisses([
  { requestIndex: 7, seq: 2, dueNs: 40_000_000, arrivalNs: 45_000_000, missedCount: 2 },
]);
writer.appendHostSamples([
  { agentId: 'client', metric: 'event_loop_delay_max_ns', timeNs: 30_000_000, value: 1_234_567.5 },
  { agentId: 'client', metric: 'cpu_pct', timeNs: -1, value: NaN },
]);
writer.appendAgents([
  {
    agentIndex: 0,
    agentId: 'a',
    url: 'ws://a:1',
    originMonoNs: 70_000n,
    description: { gpus: [] },
    timeNs: 4,
  },
]);
writer.appendAgentSeries([
  { seriesIndex: 0, agentIndex: 0, scope: 'gpu', gpuUuid: 'GPU-1', metric: 'power_mw', subId: 3 },
]);
writer.appendAgentSamples({
  length: 2,
  receivedNs: 9,
  seriesIndex: new Uint32Array(2),
  agentNs: Float64Array.of(-2, -1),
  callNs: Uint32Array.of(4_000, 4_100),
  value: Float64Array.of(700_000, 700_001),
  flags: Uint8Array.of(2, 1),
  sensorNs: Float64Array.of(-4, NaN),
});
writer.appendClockPieces([
  { agentIndex: 0, revision: 0, fromAgentNs: -Infinity, agentNs: 2, runNs: 9, skewRatio: 0, boundNs: 40 },
]);
writer.appendClockProbes([{ agentIndex: 0, t1Ns: 1, t2AgentNs: -5, t3AgentNs: -4, t4Ns: 8 }]);
writer.appendServerSamples([
  { endpoint: 'http://x/metrics', metric: 'vllm:x{a="b"}', timeNs: 8, value: 1e-300 },
]);
writer.appendEvents([
  { source: TEXT, kind: 'gc', timeNs: 20, detail: { pause_ns: 4_000_000, of: ['minor', null] } },
]);
writer.appendLosses([{ source: 'link', fromNs: 1, toNs: 2, count: 3, reason: 'overrun' }]);
await writer.close({ endedNs: 60_000_000_000, stopReason: 'finished' });

writeFileSync(join(folder, 'expected.json'), JSON.stringify(expectedViews()));

function sampleChunks() {
  const rows = Array.from({ length: CHUNKS_COUNT }, (_, row) => row);
  return {
    length: CHUNKS_COUNT,
    requestIndex: Uint32Array.from(rows, (row) => row % STREAMS_COUNT),
    seq: Uint32Array.from(rows, (row) => Math.floor(row / STREAMS_COUNT)),
    arrivalNs: Float64Array.from(rows, arrivalNsOf),
    tokenCount: new Uint32Array(CHUNKS_COUNT).fill(1),
    stampSource: Uint8Array.from(rows, (row) => row % 2),
    errorNs: Float64Array.from(rows, (row) => (row % 3 === 0 ? NaN : row % 15_000)),
  };
}

function arrivalNsOf(row) {
  return row * 20_001 - 50_000;
}

/** Rows by column names, in the order of the exports, NULL as null and JSON as itself. */
function expectedViews() {
  return {
    run: [expectedRun()],
    requests: expectedRequests(),
    chunks: expectedChunks(),
    gpu_samples: expectedGpuSamples(),
    host_samples: [
      hostSample({ metric: 'cpu_pct', t_ns: -1, value: null }),
      hostSample({ metric: 'event_loop_delay_max_ns', t_ns: 30_000_000, value: 1_234_567.5 }),
    ],
    server_samples: [{ endpoint: 'http://x/metrics', metric: 'vllm:x{a="b"}', t_ns: 8, value: 1e-300 }],
    events: [{ source: TEXT, kind: 'gc', t_ns: 20, detail: { pause_ns: 4_000_000, of: ['minor', null] } }],
    losses: [{ source: 'link', from_ns: 1, to_ns: 2, count: 3, reason: 'overrun' }],
    clock_offsets: [
      { agent_id: 'a', t_ns: 9, offset_ns: 70_002 - Number(start.startedMonoNs) - 9, bound_ns: 40 },
    ],
    clock_probes: [
      { agent_id: 'a', t1_ns: 1, t2_mono_ns: 69_995, t3_mono_ns: 69_996, t4_ns: 8, delay_ns: 6 },
    ],
    agents: [
      {
        agent_id: 'a',
        url: 'ws://a:1',
        description: { gpus: [] },
        origin_mono_ns: 70_000,
        first_seen_ns: 4,
        agent_index: 0,
      },
    ],
    deadline_misses: [
      {
        request_id: 'r000007',
        seq: 2,
        due_ns: 40_000_000,
        arrival_ns: 45_000_000,
        missed_count: 2,
        episode_id: null,
        request_index: 7,
      },
    ],
    episodes: [],
  };
}

function expectedGpuSamples() {
  const series = { agent_id: 'a', gpu_uuid: 'GPU-1', metric: 'power_mw' };
  const first = { call_ns: 4_000, sensor_ns: 3, new_epoch: true };
  const second = { call_ns: 4_100, sensor_ns: null, new_epoch: false };
  const rest = { sub_id: 3, bound_ns: 40 };
  return [
    { ...series, t_ns: 5, value: 700_000, fresh: false, ...rest, agent_mono_ns: 69_998, ...first },
    { ...series, t_ns: 6, value: 700_001, fresh: true, ...rest, agent_mono_ns: 69_999, ...second },
  ];
}

function hostSample(known) {
  return { agent_id: 'client', ...known, sub_id: 0, bound_ns: 0, agent_mono_ns: null, call_ns: null };
}

function expectedRun() {
  return {
    run_id: 'sample',
    // Text, for it is the one number that JavaScript's JSON cannot write.
    started_wall_ns: String(start.startedWallNs),
    started_mono_ns: Number(start.startedMonoNs),
    ended_ns: 60_000_000_000,
    config: start.config,
    versions: start.versions,
    machine: start.machine,
    stamp_overhead_ns: 41,
    schema_version: 2,
    clock_resolution_ns: 1,
    stop_reason: 'finished',
    cut_short: false,
  };
}

function expectedRequests() {
  const names = {
    response_id: 'responseId',
    first_chunk_ns: 'firstChunkNs',
    ended_ns: 'endedNs',
    status: 'status',
    error_code: 'errorCode',
    output_tokens: 'outputTokens',
    ttft_ns: 'ttftNs',
    fluidity_index: 'fluidityIndex',
    token_count_source: 'tokenCountSource',
    usage_prompt_tokens: 'usagePromptTokens',
    usage_output_tokens: 'usageOutputTokens',
    usage_cached_tokens: 'usageCachedTokens',
    retry_after_ns: 'retryAfterNs',
    rate_limit_headers: 'rateLimitHeaders',
    ttft_deadline_ns: 'ttftDeadlineNs',
    ttft_deadline_source: 'ttftDeadlineSource',
    http_status: 'httpStatus',
    error_message: 'errorMessage',
    finish_reason: 'finishReason',
    ttft_from_sent_ns: 'ttftFromSentNs',
    ttft_visible_ns: 'ttftVisibleNs',
    tpot_mean_ns: 'tpotMeanNs',
    end_to_end_ns: 'endToEndNs',
    token_fluidity_index: 'tokenFluidityIndex',
    decode_fluidity_index: 'decodeFluidityIndex',
    missed_deadlines_count: 'missedDeadlinesCount',
    total_deadlines_count: 'totalDeadlinesCount',
    min_tbt_deadline_ns: 'minTbtDeadlineNs',
  };
  const row = (id, from, end) => ({
    request_id: id,
    intended_ns: from.intendedNs,
    sent_ns: from.sentNs ?? null,
    prompt_tokens: from.promptTokens ?? null,
    request_index: from.requestIndex,
    phase: from.phase,
    worker_index: from.workerIndex,
    send_lateness_ns: from.sentNs === undefined ? null : from.sentNs - from.intendedNs,
    prompt_tokens_source: from.promptTokensSource,
    max_output_tokens: from.maxOutputTokens ?? null,
    paced_ns: from.pacedNs ?? null,
    slo: from.slo ?? null,
    ...Object.fromEntries(Object.entries(names).map(([column, key]) => [column, end[key] ?? null])),
  });
  return [row('r000003', inFlight, {}), row('r1234567', request, ended)];
}

function expectedChunks() {
  const late = { '7 0': 4, '7 3': 0 };
  const rows = [];
  for (let index = 0; index < STREAMS_COUNT; index++) {
    for (let seq = 0; seq < CHUNKS_COUNT / STREAMS_COUNT; seq++) {
      const row = seq * STREAMS_COUNT + index;
      rows.push({
        request_id: `r${String(index).padStart(6, '0')}`,
        seq,
        arrival_ns: arrivalNsOf(row),
        token_count: late[`${index} ${seq}`] ?? 1,
        stamp_source: row % 2 === 0 ? 'kernel' : 'user',
        error_ns: row % 3 === 0 ? null : row % 15_000,
        request_index: index,
      });
    }
  }
  return rows;
}
