import { emptyTrace, type RunRow } from '@fluidscope/trace-schema';
import { durationNs, monoNs, wallNs } from '@fluidscope/units';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseEngineLog,
  placeEngineLog,
  SERVER_METRICS,
  withEngineLog,
  type EngineLogFrame,
  type PlacedEngineLog,
} from '../index.js';

const S = 1e9;
const STARTED_WALL_NS = wallNs(BigInt(Date.UTC(2026, 11, 31, 23, 59, 50)) * 1_000_000n);
const FRAME: EngineLogFrame = {
  startedWallNs: STARTED_WALL_NS,
  endedNs: 60 * S,
  zoneOffsetNs: 0,
  source: 'engine-log:vllm.log',
};

function step(stamp: string, contextTokens: number, elapsedMs: number, rest = ''): string {
  return `(EngineCore_DP0 pid=2010410) INFO ${stamp} [core.py:349] Iteration(515): ${contextTokens === 0 ? 0 : 1} context requests, ${contextTokens} context tokens, 20 generation requests, 20 generation tokens, iteration elapsed time: ${elapsedMs} ms${rest}`;
}

function stats(stamp: string, engine: string, rest: string): string {
  return `(APIServer pid=1) INFO ${stamp} [loggers.py:127] Engine ${engine}: Avg prompt throughput: 12.0 tokens/s, Avg generation throughput: 300.0 tokens/s, ${rest}`;
}

function placed(lines: readonly string[], frame: Partial<EngineLogFrame> = {}): PlacedEngineLog {
  return placeEngineLog(parseEngineLog(lines.join('\n')).lines, { ...FRAME, ...frame });
}

function valuesOf(log: PlacedEngineLog, metric: string): readonly (readonly [number, number])[] {
  return log.samples
    .filter((sample) => sample.metric === metric)
    .map(({ timeNs, value }) => [timeNs / S, value]);
}

describe('parseEngineLog', () => {
  it.each([
    [
      'WARNING 08-31 13:11:25 [jit_monitor.py:135] Triton kernel JIT compilation during inference: _triton_mrope_forward. This causes a latency spike; consider extending warmup to cover this shape/config.',
      { kind: 'engine_jit_compile', tookNs: undefined, what: '_triton_mrope_forward' },
    ],
    [
      'INFO 07-02 21:37:26 [gc_utils.py:81] GC took 312.480ms to complete. Collected 91 objects (out of 120033) in GC generation 2.',
      { kind: 'engine_gc', tookNs: 312_480_000, what: 'generation 2' },
    ],
    [
      'INFO 07-02 21:37:26 [gpu_model_runner.py:6656] Graph capturing finished in 3 secs, took 0.62 GiB',
      { kind: 'engine_graph_capture', tookNs: 3e9, what: undefined },
    ],
    [
      'INFO 01-30 03:19:07 [backends.py:321] Compiling a graph for general shape takes 41.86 s',
      { kind: 'engine_compile', tookNs: 41.86e9, what: 'Compiling a graph for general shape' },
    ],
    [
      'INFO 01-30 03:19:13 [monitor.py:31] torch.compile takes 54.73 s in total',
      { kind: 'engine_compile', tookNs: 54.73e9, what: 'torch.compile' },
    ],
  ])('reads %s', (line, entry) => {
    expect(parseEngineLog(`(EngineCore pid=134) ${line}`).lines).toMatchObject([{ engineIndex: 0, entry }]);
  });

  it('counts what it does not understand, and sees through colours', () => {
    const log = [
      '(APIServer pid=77) INFO:     10.89.0.1:0 - "POST /v1/chat/completions HTTP/1.1" 200 OK',
      'INFO 12-22 21:44:40 [core.py:1] Something else',
      'INFO 99-99 99:99:99 [core.py:1] Running: 1 reqs, Waiting: 0 reqs',
      `\u001b[32mINFO\u001b[0m ${step('12-22 21:44:40', 0, 10.99)}`,
      '',
    ];
    const { lines, otherCount, unstampedCount } = parseEngineLog(log.join('\r\n'));
    expect([lines.length, otherCount, unstampedCount]).toEqual([1, 1, 2]);
  });

  it('does not throw or hang on any text, and makes no odd numbers of it', () => {
    const words = [
      '12-22 21:44:40',
      '2026-02-31T23:59:60.5Z',
      'Iteration(1): ',
      'Running: 9 reqs, Waiting: 9 reqs',
      'KV cache usage: ',
      '%',
      ' 999999999999999999999 ',
      'GC took 1ms to complete',
      '\n',
      ' ms',
    ];
    const odd = fc
      .array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 8 })))
      .map((all) => all.join(''));
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 300 }), odd), (text) => {
        const { lines, otherCount, unstampedCount } = parseEngineLog(text);
        expect(lines.length + otherCount + unstampedCount).toBeLessThanOrEqual(text.split('\n').length);
        const { samples } = placeEngineLog(lines, { ...FRAME, endedNs: 1e18 });
        expect(samples.every(({ timeNs, value }) => timeNs >= 0 && Number.isFinite(value))).toBe(true);
        expect(samples.every(({ metric }) => metric in SERVER_METRICS)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    expect(parseEngineLog('12-22 21:44:40 Compiling a graph '.repeat(100_000)).otherCount).toBe(1);
  });
});

describe('placeEngineLog', () => {
  it('adds the year of the run, also over New Year, and leaves out what is not of its time', () => {
    const log = placed([
      stats('12-31 23:59:40', '000', 'Running: 9 reqs, Waiting: 0 reqs'),
      stats('12-31 23:59:55', '000', 'Running: 1 reqs, Waiting: 0 reqs'),
      stats('01-01 00:00:05', '000', 'Running: 2 reqs, Waiting: 3 reqs'),
      stats('01-01 00:02:00', '000', 'Running: 9 reqs, Waiting: 0 reqs'),
    ]);
    expect(valuesOf(log, 'requests_running_count')).toEqual([
      [5.5, 1],
      [15.5, 2],
    ]);
    expect(valuesOf(log, 'requests_waiting_count').at(-1)).toEqual([15.5, 3]);
  });

  it('takes the zone in which more of the log is of the run, and believes stamps that name theirs', () => {
    const ahead = { zoneOffsetNs: 3_600 * S };
    const utc = placed([stats('12-31 23:59:55', '000', 'Running: 1 reqs, Waiting: 0 reqs')], ahead);
    expect([utc.zoneOffsetNs, valuesOf(utc, 'requests_running_count')]).toEqual([0, [[5.5, 1]]]);
    const local = placed([stats('01-01 00:59:55', '000', 'Running: 1 reqs, Waiting: 0 reqs')], ahead);
    expect([local.zoneOffsetNs, valuesOf(local, 'requests_running_count')]).toEqual([3_600 * S, [[5.5, 1]]]);
    const named = placed([stats('2027-01-01T02:00:00.250+02:00', '000', 'Running: 1 reqs, Waiting: 0 reqs')]);
    expect(valuesOf(named, 'requests_running_count')).toEqual([[10.2505, 1]]);
  });

  it('adds engines up, takes the fullest cache, and counts preemptions only where the log speaks of them', () => {
    const log = placed([
      stats(
        '12-31 23:59:51',
        '000',
        'Running: 1 reqs, Waiting: 0 reqs, GPU KV cache usage: 91.0%, Prefix cache hit rate: 5.0%',
      ),
      stats(
        '12-31 23:59:52',
        '001',
        'Running: 2 reqs, Waiting: 4 reqs, Preemptions: 3, GPU KV cache usage: 9.5%',
      ),
    ]);
    expect(valuesOf(log, 'requests_running_count').at(-1)).toEqual([2.5, 3]);
    expect(valuesOf(log, 'kv_cache_usage_ratio').at(-1)).toEqual([2.5, 0.91]);
    expect(valuesOf(log, 'preemptions_count')).toEqual([
      [1.5, 0],
      [2.5, 3],
    ]);
    const silent = placed([stats('12-31 23:59:51', '000', 'Running: 1 reqs, Waiting: 0 reqs')]);
    expect(valuesOf(silent, 'preemptions_count')).toEqual([]);
  });

  it('dates steps within their second by what they took', () => {
    // Steps of 100 ms that end at 1.05, 1.15, … 3.95 s.
    const ends = Array.from({ length: 30 }, (_, index) => 1_050 + 100 * index);
    const log = placed(ends.map((ms) => step(`12-31 23:59:5${Math.floor(ms / 1_000)}`, 7, 100)));
    expect(log.looseStepsCount).toBe(0);
    const counts = valuesOf(log, 'iterations_count').slice(1);
    counts.forEach(([timeS, count]) =>
      expect(Math.abs(timeS * 1_000 - (ends[count - 1] ?? NaN))).toBeLessThan(55),
    );
    expect(valuesOf(log, 'prompt_tokens_count').at(-1)?.[1]).toBe(210);
    expect(valuesOf(log, 'generation_tokens_count').at(0)).toEqual([0, 0]);
  });

  it('takes the stamps alone where steps overlap, and leaves out what they date too loosely', () => {
    const overlapping = Array.from({ length: 30 }, () => step('12-31 23:59:51', 0, 100));
    expect(placed(overlapping)).toMatchObject({ samples: [], looseStepsCount: 30, linesCount: 30 });
    const exact = placed([step('12-31 23:59:51,250', 0, 10, ', GPU KV cache usage: 43.5%')]);
    expect(valuesOf(exact, 'iterations_count').at(-1)).toEqual([1.2505, 1]);
    expect(valuesOf(exact, 'kv_cache_usage_ratio')).toEqual([[1.2505, 0.435]]);
  });

  it('makes events of what took the process, with the bound of their time', () => {
    const log = placed([
      '(EngineCore_DP3 pid=1) INFO 12-31 23:59:53 [gc_utils.py:81] GC took 312.480ms to complete.',
    ]);
    expect(log.events).toEqual([
      {
        source: 'engine-log:vllm.log',
        kind: 'engine_gc',
        timeNs: 3.5 * S,
        detail: { took_ns: 312_480_000, engine_index: 3, bound_ns: S / 2 },
      },
    ]);
  });
});

describe('withEngineLog', () => {
  const run: RunRow = {
    runId: 'r',
    startedWallNs: STARTED_WALL_NS,
    startedMonoNs: monoNs(1n),
    config: {},
    versions: {},
    machine: {},
    stampOverheadNs: durationNs(1),
    clockResolutionNs: durationNs(1),
    end: undefined,
  };
  const log = placed([
    stats('12-31 23:59:51', '000', 'Running: 1 reqs, Waiting: 4 reqs'),
    'INFO 12-31 23:59:53 [gc_utils.py:81] GC took 312.480ms to complete.',
  ]);

  it('adds rows, and leaves scraped metrics and a log that is there as they are', async () => {
    const trace = emptyTrace(run);
    const read = withEngineLog(trace, log);
    expect(await read.serverSamples({})).toEqual(log.samples);
    expect(await read.serverSamples({ metric: 'requests_waiting_count' })).toHaveLength(1);
    expect(await read.events({ kind: 'engine_gc' })).toEqual(log.events);
    expect(await read.events({ kind: 'other' })).toEqual([]);
    const scraped = [...log.samples].filter(({ metric }) => metric === 'requests_waiting_count');
    const recorded = {
      ...trace,
      serverSamples: () => Promise.resolve(scraped),
      events: () => Promise.resolve(log.events),
    };
    const both = withEngineLog(recorded, log);
    expect(await both.serverSamples({})).toHaveLength(log.samples.length);
    expect(await both.events()).toEqual(log.events);
  });
});
