import {
  chooseStampSource,
  createLoadClient,
  createRunClock,
  measureStampOverhead,
  runLoad,
  runLoadInWorkers,
  STAMP_SOURCE_CHOICES,
  type LoadClientSettings,
  type LoadSettings,
  type RunControl,
  type RunResult,
} from '@fluidscope/harness';
import type { RequestRow, RunRow, TraceEvent, TraceReader } from '@fluidscope/trace-schema';
import { createTraceWriter, openTraceReader } from '@fluidscope/trace-store';
import { durationFromMs } from '@fluidscope/units';
import { approximateTokenCounter, createLoadPlan, type WorkloadSpec } from '@fluidscope/workload';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const SETTINGS: LoadSettings = {
  deadlines: { ttftDeadlineNs: durationFromMs(1_000), tbtDeadlineNs: durationFromMs(50) },
  ignoreEos: false,
  durationNs: undefined,
  drainLimitNs: durationFromMs(5_000),
  maxInFlightCount: undefined,
};

function clientOf({ url, model = 'scripted' }: RunOrder): LoadClientSettings {
  return {
    baseUrl: url,
    endpointType: 'chat',
    model,
    apiKey: undefined,
    headers: {},
    extraBody: {},
    timeouts: {
      connectTimeoutNs: durationFromMs(10_000),
      firstByteTimeoutNs: undefined,
      idleTimeoutNs: undefined,
      totalTimeoutNs: undefined,
    },
  };
}

export function workloadOf(overrides: Partial<WorkloadSpec>): WorkloadSpec {
  return {
    seed: 11,
    arrivals: { kind: 'poisson', ratePerS: 100 },
    requestCount: 30,
    warmupRequestCount: 0,
    promptLengths: { kind: 'uniform', minTokens: 5, maxTokens: 40 },
    outputLengths: { kind: 'uniform', minTokens: 2, maxTokens: 8 },
    ...overrides,
  };
}

export interface RunOrder {
  readonly url: string;
  /** Default: one that a scripted server does not look at. */
  readonly model?: string;
  readonly workload: WorkloadSpec;
  readonly settings?: Partial<LoadSettings>;
  /** `undefined`: in this thread. */
  readonly workersCount?: number;
  /** For workers, which load it themselves. */
  readonly tokenizerPath?: string;
  readonly control?: Omit<RunControl, 'writer'>;
}

export interface ChunkRow {
  readonly requestIndex: number;
  readonly seq: number;
  readonly arrivalNs: number;
  readonly tokenCount: number;
}

/** A run and what its trace says of it, read back from the file. */
export interface RecordedRun {
  readonly result: RunResult;
  readonly run: RunRow;
  readonly requests: readonly RequestRow[];
  readonly chunks: readonly ChunkRow[];
  readonly events: readonly TraceEvent[];
  readonly hostMetrics: ReadonlySet<string>;
}

/** Runs a load for real, into a real trace, and reads that back. */
export async function recordRun(order: RunOrder): Promise<RecordedRun> {
  const folder = await mkdtemp(join(tmpdir(), 'fluidscope-integration-'));
  try {
    const path = join(folder, 'trace.duckdb');
    const result = await runInto(path, order);
    const reader = await openTraceReader(path);
    try {
      return { result, ...(await readBack(reader)) };
    } finally {
      await reader.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

const askedStampSource =
  STAMP_SOURCE_CHOICES.find((choice) => choice === process.env['FLUIDSCOPE_STAMP_SOURCE']) ?? 'auto';

async function runInto(path: string, order: RunOrder): Promise<RunResult> {
  const clock = createRunClock();
  const { startedMonoNs, startedWallNs } = clock;
  const writer = await createTraceWriter(path, {
    runId: 'integration',
    startedMonoNs,
    startedWallNs,
    config: {},
    versions: {},
    machine: {},
    ...measureStampOverhead(clock),
  });
  const { workload, workersCount, control } = order;
  const settings = { ...SETTINGS, ...order.settings };
  const plan = createLoadPlan(workload, { tokenCounter: approximateTokenCounter() });
  const { source: stampSource } = await chooseStampSource(askedStampSource);
  if (workersCount !== undefined) {
    const loadOrder = {
      workload,
      dataset: undefined,
      tokenizerPath: order.tokenizerPath,
      client: clientOf(order),
      stampSource,
      settings,
    };
    return runLoadInWorkers({ order: loadOrder, plan, workersCount, clock, writer, ...control });
  }
  const client = createLoadClient({ client: clientOf(order), stampSource, clock });
  try {
    return await runLoad({ plan, settings, client, clock, writer, prefixTokenCounts: undefined, ...control });
  } finally {
    await client.close();
  }
}

async function readBack(reader: TraceReader): Promise<Omit<RecordedRun, 'result'>> {
  const chunks: ChunkRow[] = [];
  for await (const columns of reader.chunks()) {
    for (let row = 0; row < columns.length; row++) {
      chunks.push({
        requestIndex: columns.requestIndex[row] ?? NaN,
        seq: columns.seq[row] ?? NaN,
        arrivalNs: columns.arrivalNs[row] ?? NaN,
        tokenCount: columns.tokenCount[row] ?? NaN,
      });
    }
  }
  const hostSamples = await reader.hostSamples({});
  return {
    run: await reader.run(),
    requests: await reader.requests(),
    chunks,
    events: await reader.events(),
    hostMetrics: new Set(hostSamples.map(({ agentId, metric }) => `${agentId} ${metric}`)),
  };
}
