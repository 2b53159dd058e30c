import type { AgentRow, AgentSampleColumns, ClockPiece, TraceWriter } from '@fluidscope/trace-schema';
import { durationNs, runNs } from '@fluidscope/units';
import { expect, it } from 'vitest';
import { query } from './testing/query.js';
import { RUN_START } from './testing/records.js';
import { readTrace, writeTrace } from './testing/written-trace.js';

/** An uptime of a year. */
const ORIGIN = 31_536_000_000_000_123n;

const AGENT: AgentRow = {
  agentIndex: 0,
  agentId: 'node-1-0a1b2c3d',
  url: 'ws://node-1:9400',
  originMonoNs: ORIGIN,
  description: { hostname: 'node-1' },
  timeNs: runNs(5),
};

const SERIES = {
  agentIndex: 0,
  scope: 'gpu',
  gpuUuid: 'GPU-1',
  metric: 'power_instant_mw',
  subId: 0,
} as const;

function samples(
  rows: readonly { series?: number; agentNs: number; value?: number; flags?: number; sensorNs?: number }[],
): AgentSampleColumns {
  return {
    length: rows.length,
    receivedNs: runNs(77),
    seriesIndex: Uint32Array.from(rows, ({ series = 0 }) => series),
    agentNs: Float64Array.from(rows, ({ agentNs }) => agentNs),
    callNs: new Uint32Array(rows.length).fill(4_000),
    value: Float64Array.from(rows, ({ value = 1 }) => value),
    flags: Uint8Array.from(rows, ({ flags = 1 }) => flags),
    sensorNs: Float64Array.from(rows, ({ sensorNs = NaN }) => sensorNs),
  };
}

function piece(known: Partial<ClockPiece>): ClockPiece {
  return {
    agentIndex: 0,
    revision: 0,
    fromAgentNs: -Infinity,
    agentNs: 0,
    runNs: runNs(0),
    skewRatio: 0,
    boundNs: durationNs(50),
    ...known,
  };
}

function writeAgent(writer: TraceWriter): void {
  writer.appendAgents([AGENT]);
  writer.appendAgentSeries([{ seriesIndex: 0, ...SERIES }]);
}

it('aligns every sample with the pieces of the last fit, whenever it was written', async () => {
  const path = await writeTrace((writer) => {
    writeAgent(writer);
    writer.appendClockPieces([piece({ runNs: runNs(999) })]);
    writer.appendAgentSamples(
      samples([{ agentNs: -1_000_000 }, { agentNs: 2_000_000, flags: 2, sensorNs: 1_500_000 }]),
    );
    writer.appendClockPieces([
      piece({ revision: 1, agentNs: 1_000_000, runNs: runNs(600), skewRatio: 0.0001 }),
      piece({
        revision: 1,
        fromAgentNs: 2_000_000,
        agentNs: 2_000_000,
        runNs: runNs(7_000),
        boundNs: durationNs(60),
      }),
    ]);
    writer.appendAgentSamples(samples([{ agentNs: 1_999_999, value: NaN }, { agentNs: 3_000_000 }]));
  });
  const columns = 't_ns, value, fresh, bound_ns, agent_mono_ns, sensor_ns, new_epoch';
  expect(await query(path, `SELECT ${columns} FROM gpu_samples ORDER BY agent_mono_ns`)).toEqual([
    row({ t_ns: -1_999_600n, agentNs: -1_000_000n }),
    row({ t_ns: 1_000_699n, agentNs: 1_999_999n, value: null }),
    row({
      t_ns: 7_000n,
      agentNs: 2_000_000n,
      fresh: false,
      new_epoch: true,
      bound_ns: 60n,
      sensor_ns: -493_000n,
    }),
    row({ t_ns: 1_007_000n, agentNs: 3_000_000n, bound_ns: 60n }),
  ]);
});

function row({ agentNs, ...known }: { readonly agentNs: bigint; readonly [column: string]: unknown }) {
  const unknown = { value: 1, fresh: true, bound_ns: 50n, sensor_ns: null, new_epoch: false };
  return { ...unknown, agent_mono_ns: ORIGIN + agentNs, ...known };
}

it('has a time for no sample of an agent that was never probed, and keeps the sample', async () => {
  const path = await writeTrace((writer) => {
    writeAgent(writer);
    writer.appendAgentSamples(samples([{ agentNs: 5 }]));
  });
  expect(await query(path, 'SELECT t_ns, bound_ns, agent_mono_ns FROM gpu_samples')).toEqual([
    { t_ns: null, bound_ns: null, agent_mono_ns: ORIGIN + 5n },
  ]);
  const filter = { scope: 'gpu', metrics: [SERIES.metric] } as const;
  expect(await readTrace(path, (reader) => reader.sampleSeries(filter))).toEqual([]);
});

it('shows the offset of the two monotonic clocks, the probes, and the latest description', async () => {
  const path = await writeTrace((writer) => {
    writer.appendAgents([AGENT, { ...AGENT, description: { hostname: 'renamed' }, timeNs: runNs(9) }]);
    writer.appendClockPieces([piece({ agentNs: 40, runNs: runNs(30) })]);
    writer.appendClockProbes([
      { agentIndex: 0, t1Ns: runNs(10), t2AgentNs: 25, t3AgentNs: 26, t4Ns: runNs(18) },
    ]);
  });
  expect(
    await query(path, 'SELECT t1_ns, t2_mono_ns, t3_mono_ns, t4_ns, delay_ns FROM clock_probes'),
  ).toEqual([{ t1_ns: 10n, t2_mono_ns: ORIGIN + 25n, t3_mono_ns: ORIGIN + 26n, t4_ns: 18n, delay_ns: 7n }]);
  await readTrace(path, async (reader) => {
    expect(await reader.agents()).toEqual([{ ...AGENT, description: { hostname: 'renamed' } }]);
    const offsetNs = ORIGIN + 40n - (RUN_START.startedMonoNs + 30n);
    expect(await reader.clockOffsets()).toEqual([
      { agentId: AGENT.agentId, timeNs: 30, offsetNs, boundNs: 50 },
    ]);
  });
});

it('aligns events of an agent, beside those of the client', async () => {
  const path = await writeTrace((writer) => {
    writeAgent(writer);
    writer.appendClockPieces([piece({ runNs: runNs(100) })]);
    writer.appendEvents([{ source: 'client', kind: 'gc', timeNs: runNs(105), detail: null }]);
    writer.appendAgentEvents([
      { agentIndex: 0, agentNs: 7, source: 'node-1/sampler', kind: 'xid', detail: { data: 79 } },
    ]);
  });
  expect(await readTrace(path, (reader) => reader.events())).toEqual([
    { source: 'client', kind: 'gc', timeNs: 105, detail: null },
    { source: 'node-1/sampler', kind: 'xid', timeNs: 107, detail: { data: 79 } },
  ]);
});

it('gives series of columns by metric and time, hosts apart from GPUs', async () => {
  const path = await writeTrace((writer) => {
    writeAgent(writer);
    writer.appendAgentSeries([
      { seriesIndex: 1, ...SERIES, metric: 'sm_clock_mhz' },
      { seriesIndex: 2, ...SERIES, scope: 'host', gpuUuid: undefined, metric: 'cpu_busy_ns', subId: 2 },
    ]);
    writer.appendClockPieces([piece({ runNs: runNs(100) })]);
    writer.appendAgentSamples(
      samples([
        { agentNs: 3, value: 3, flags: 0 },
        { agentNs: 1, value: 1 },
        { agentNs: 2, value: NaN },
        { agentNs: 2, series: 1, value: 1_980 },
        { agentNs: 2, series: 2, value: 7 },
        { agentNs: 50 },
      ]),
    );
  });
  await readTrace(path, async (reader) => {
    const filter = { scope: 'gpu', metrics: [SERIES.metric, 'sm_clock_mhz'], gpuUuid: 'GPU-1' } as const;
    const [power, clock, ...others] = await reader.sampleSeries({ ...filter, toNs: runNs(149) });
    expect(power).toEqual({
      agentId: AGENT.agentId,
      gpuUuid: 'GPU-1',
      metric: SERIES.metric,
      subId: 0,
      timeNs: Float64Array.of(101, 102, 103),
      value: Float64Array.of(1, NaN, 3),
      fresh: Uint8Array.of(1, 1, 0),
      boundNs: Float64Array.of(50, 50, 50),
    });
    expect(clock?.value).toEqual(Float64Array.of(1_980));
    expect(others).toEqual([]);
    const late = await reader.sampleSeries({ ...filter, metrics: [SERIES.metric], fromNs: runNs(104) });
    expect(late.map(({ timeNs }) => timeNs)).toEqual([Float64Array.of(150)]);
    const host = await reader.sampleSeries({ scope: 'host', metrics: ['cpu_busy_ns'] });
    expect(host).toMatchObject([{ gpuUuid: undefined, subId: 2, value: Float64Array.of(7) }]);
    expect(await reader.sampleSeries({ scope: 'gpu', metrics: ['fan_speed_pct'] })).toEqual([]);
    expect(await reader.hostSamples({ agentId: AGENT.agentId })).toEqual([
      { agentId: AGENT.agentId, metric: 'cpu_busy_ns', timeNs: 102, value: 7 },
    ]);
  });
});

it('refuses a time that is no whole number before anything is kept', async () => {
  const path = await writeTrace((writer) => {
    writeAgent(writer);
    expect(() => writer.appendAgentSamples(samples([{ agentNs: 1 }, { agentNs: 0.5 }]))).toThrow(RangeError);
  });
  expect(await query(path, 'SELECT count(*) AS count FROM gpu_samples')).toEqual([{ count: 0n }]);
});
