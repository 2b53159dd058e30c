import type { AgentDescription, SampleColumns } from '@fluidscope/telemetry-link';
import { describe, expect, it } from 'vitest';
import { RedrawnText } from './redrawn-text.js';
import { eventLine, lossLine, sampleLines } from './watch-json.js';
import { WatchState } from './watch-state.js';
import { ageText, watchText } from './watch-text.js';
import { Writable } from 'node:stream';

const MS = 1e6;

const DESCRIPTION: AgentDescription = {
  agent_id: 'node7-0123abcd',
  hostname: 'node7',
  versions: {},
  gpu_source: { kind: 'nvml', state: 'ready', detail: '', driver_version: '595.1', fast_hz: 100 },
  gpus: [
    { index: 0, uuid: 'GPU-a', name: 'H100', state: 'ready', absent: [], metrics: [] },
    { index: 1, uuid: 'GPU-b', name: 'H100', state: 'lost', absent: [], metrics: [] },
  ],
};

type Row = readonly [gpu: number, metric: number, sub: number, atNs: number, value: number, isFresh: boolean];

function columns(rows: readonly Row[]): SampleColumns {
  return {
    length: rows.length,
    gpuIndex: Uint16Array.from(rows, (row) => row[0]),
    metricId: Uint16Array.from(rows, (row) => row[1]),
    subId: Uint32Array.from(rows, (row) => row[2]),
    beforeNs: Float64Array.from(rows, (row) => row[3]),
    callNs: new Uint32Array(rows.length),
    value: Float64Array.from(rows, (row) => row[4]),
    flags: Uint8Array.from(rows, (row) => (row[5] ? 1 : 0)),
    sensorNs: new Float64Array(rows.length).fill(NaN),
  };
}

function watched(rows: readonly Row[]): WatchState {
  const state = new WatchState();
  state.description = DESCRIPTION;
  state.link = { kind: 'connected' };
  state.addSamples(columns(rows));
  return state;
}

describe('the table', () => {
  it('shows each value with its age, power against its limit, and throttle reasons in words', () => {
    const state = watched([
      [0, 1, 0, 9_990 * MS, 1410, true],
      [0, 5, 0, 9_900 * MS, 412_300, true],
      [0, 5, 0, 9_990 * MS, 412_300, false],
      [0, 34, 0, 9_000 * MS, 700_000, true],
      [0, 3, 0, 9_990 * MS, 0x24, true],
      [0, 32, 0, 5_000 * MS, 61, true],
    ]);
    const text = watchText(state, 10_000 * MS);
    expect(text).toContain('node7-0123abcd  nvml, driver 595.1, fast tier 100 Hz  connected\n');
    const [, gpu0, gpu1] = text.split('\n').slice(1);
    for (const part of [
      '1410 +10ms',
      '412.3 / 700.0 =100ms',
      'power cap, thermal (software) +10ms',
      '61 !5.0s',
    ]) {
      expect(gpu0).toContain(part);
    }
    // A dash and no zero for what did not come.
    expect(gpu1).toMatch(/^1 +H100 \[lost\]( +-){7}$/);
  });

  it('puts values below each GPU where the table is too wide, and cuts none of them', () => {
    const state = watched([
      [0, 1, 0, 9_990 * MS, 1410, true],
      [0, 3, 0, 9_990 * MS, 0x24, true],
    ]);
    const lines = watchText(state, 10_000 * MS, 60).split('\n');
    expect(lines.slice(1, 4)).toEqual([
      'gpu 0  H100',
      '  SM MHz: 1410 +10ms  mem MHz: -  power / limit, W: -',
      '  util %: -  memory, GiB: -  °C: -',
    ]);
    expect(lines[4]).toContain('throttle reasons: power cap, thermal (software) +10ms');
    expect(watchText(state, 10_000 * MS, 200)).toBe(watchText(state, 10_000 * MS));
  });

  it('shows losses, events, and that the connection is gone', () => {
    const state = watched([]);
    state.addLoss({ reason: 'slow_reader', count: 7, fromAgentNs: 0, toAgentNs: 1 });
    state.addEvent({ kind: 'xid', agentNs: 1, source: 'sampler', detail: { data: 79 } });
    for (let i = 0; i < 4; i++) state.addEvent({ kind: `e${i}`, agentNs: 1, source: 's', detail: null });
    state.link = { kind: 'disconnected', reason: 'reset' };
    const text = watchText(state, 0);
    expect(text).toContain('DISCONNECTED (reset), trying again  7 samples lost');
    expect(text).toContain('xid {"data":79}');
    // The oldest note made room.
    expect(text).not.toContain('slow_reader');
  });

  it('gives the busy share of the CPUs between two looks', () => {
    const at = (ms: number, busyMs: number): Row[] => [
      [0xffff, 1001, 0, ms * MS, busyMs * MS, true],
      [0xffff, 1001, 1, ms * MS, busyMs * MS, true],
      [0xffff, 1001, 2, ms * MS, 0, true],
    ];
    const state = watched(at(1_000, 500));
    expect(watchText(state, 1_000 * MS)).not.toContain('busy');
    state.addSamples(columns(at(2_000, 1_000)));
    expect(watchText(state, 2_000 * MS)).toContain('host: cpu 25 % busy');
  });
});

it('marks a change, a repeat and a silence', () => {
  const value = { gpuIndex: 0, metricId: 1, subId: 0, value: 1 };
  expect(ageText({ ...value, atNs: 0, freshAtNs: 0 }, 4 * MS)).toBe('+4ms');
  expect(ageText({ ...value, atNs: 2_000 * MS, freshAtNs: 0 }, 2_100 * MS)).toBe('=2.1s');
  expect(ageText({ ...value, atNs: 0, freshAtNs: 0 }, 300_000 * MS)).toBe('!5min');
});

it('gives NDJSON with the trace’s names, and a host without a GPU', () => {
  const text = sampleLines(
    columns([
      [0, 1, 0, 5, 1410, true],
      [0xffff, 1014, 0, 6, 0.5, false],
      [0, 60_000, 0, 7, 1, true],
    ]),
    DESCRIPTION,
  );
  const lines = text.trimEnd().split('\n');
  expect(lines.map((each) => JSON.parse(each) as unknown)).toMatchObject([
    {
      type: 'sample',
      agent_id: 'node7-0123abcd',
      gpu: 0,
      gpu_uuid: 'GPU-a',
      metric: 'sm_clock_mhz',
      t_ns: 5,
      fresh: true,
    },
    { metric: 'load_1min_count', value: 0.5, fresh: false },
    { metric: 'metric_60000' },
  ]);
  expect(lines[1]).not.toContain('gpu');
  expect(JSON.parse(lossLine({ reason: 'x', count: undefined, fromAgentNs: 1, toAgentNs: 2 }))).toEqual({
    type: 'loss',
    reason: 'x',
    count: null,
    from_ns: 1,
    to_ns: 2,
  });
  expect(eventLine({ kind: 'xid', agentNs: 1, source: 's', detail: 1 })).toContain('"detail":1}\n');
});

describe('redrawing', () => {
  function drawn(isTTY: boolean, columns = 5, rows = 24): string {
    let text = '';
    const stdout = Object.assign(
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          text += chunk.toString();
          done();
        },
      }),
      { isTTY, columns, rows },
    );
    using redrawn = new RedrawnText(stdout);
    redrawn.draw('1234567\nb\n');
    redrawn.draw('c\n');
    return text;
  }

  it('goes back over what it drew on a terminal, cut to its width', () => {
    expect(drawn(true)).toBe('\u001b[?25l\r\u001b[J12345\nb\n\u001b[2A\r\u001b[Jc\n');
  });

  it('cuts to the height, and says that there is more', () => {
    expect(drawn(true, 80, 2)).toMatch(/\[J… 2 more lines: make the terminal higher/);
    expect(drawn(true, 80, 3)).toContain('1234567\nb\n');
  });

  it('does not cut to a width that is not known', () => {
    expect(drawn(true, 0)).toContain('1234567\n');
  });

  it('writes plain texts elsewhere', () => {
    expect(drawn(false)).toBe('1234567\nb\n\nc\n');
  });
});
