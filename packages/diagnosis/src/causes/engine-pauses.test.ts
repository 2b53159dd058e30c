import { describe, expect, it } from 'vitest';
import { diagnose } from '../index.js';
import { grownWithin, machineOf, pausedStreams, within, type PausedRun } from '../testing/machines.js';
import { DEADLINES, MS, streamOf } from '../testing/streams.js';
import type { TokenStream } from '../token-stream.js';

const SPANS: PausedRun['spans'] = [
  [2_000, 2_900],
  [4_000, 4_900],
  [6_000, 6_900],
  [8_000, 8_900],
];
const STREAMS = pausedStreams({ streamsCount: 4, spans: SPANS });

interface Seen {
  readonly streams?: readonly TokenStream[];
  readonly spans?: PausedRun['spans'];
  readonly idlePct?: number;
  readonly busyCores?: number;
  readonly stolenCores?: number;
}

function findings({
  streams = STREAMS,
  spans = SPANS,
  idlePct = 0,
  busyCores = 1,
  stolenCores = 0,
}: Seen = {}) {
  const telemetry = machineOf({
    gpus: [{ gpm_graphics_pct: within(spans, idlePct, 100) }],
    host: {
      cpu_busy_ns: grownWithin(spans, busyCores * MS, 0.5 * MS),
      cpu_steal_ns: grownWithin(spans, stolenCores * MS, 0),
    },
    hostParts: { 10: { process_cpu_user_ns: grownWithin(spans, busyCores * MS, 0.5 * MS) } },
  });
  return diagnose(streams, DEADLINES, telemetry).findings;
}

const UNEVEN: PausedRun['spans'] = [
  [2_000, 2_900],
  [3_600, 4_500],
  [6_000, 6_900],
  [8_000, 8_900],
];

/** Each pause as requests join that double the batch, which then have their first token. */
function doublingBatch(spans: PausedRun['spans']): readonly TokenStream[] {
  const joins = [
    { startMs: 0, ttftMs: 100, count: 1 },
    ...spans.map(([fromMs, toMs], index) => ({
      startMs: fromMs + 10,
      ttftMs: toMs + 10 - fromMs,
      count: 2 ** (index + 1),
    })),
  ];
  const joining = joins.flatMap(({ count, ...join }) => Array.from({ length: count }, () => join));
  return joining.map(({ startMs, ttftMs }, index) => {
    let stoodMs = 0;
    const stalls = spans.flatMap(([fromMs, toMs]) => {
      if (fromMs < startMs) return [];
      const token = Math.round((fromMs - startMs - ttftMs - stoodMs) / 20) + 1;
      stoodMs += toMs - fromMs;
      return [[token, toMs - fromMs] as const];
    });
    return streamOf(index, { tokens: 300, startMs, ttftMs, stallsMs: Object.fromEntries(stalls) });
  });
}

/** Each pause as half of the streams have just had their last token. */
function halvingBatch(spans: PausedRun['spans']): readonly TokenStream[] {
  const lastMs = [...spans.map(([fromMs]) => fromMs), 10_000];
  return lastMs.flatMap((endMs, ended) => {
    const passed = spans.slice(0, ended);
    const stoodMs = passed.reduce((sum, [fromMs, toMs]) => sum + toMs - fromMs, 0);
    const count = ended === spans.length ? 4 : 2 ** (5 - ended);
    let stood = 0;
    const stalls = passed.map(([fromMs, toMs]) => {
      const token = Math.round((fromMs - 100 - stood) / 20) + 1;
      stood += toMs - fromMs;
      return [token, toMs - fromMs] as const;
    });
    const tokens = Math.round((endMs - 100 - stoodMs) / 20) + 1;
    return Array.from({ length: count }, (_, index) =>
      streamOf(100 * ended + index, { tokens, stallsMs: Object.fromEntries(stalls) }),
    );
  });
}

/** Each pause some time after the batch has doubled. */
function growingBatch(spans: PausedRun['spans']): readonly TokenStream[] {
  const joins = [
    [0, 1],
    [1_500, 2],
    [3_200, 4],
    [5_500, 8],
    [7_500, 16],
  ] as const;
  const pausedMs = (atMs: number) =>
    spans.reduce((sum, [fromMs, toMs]) => sum + (fromMs < atMs ? toMs - fromMs : 0), 0);
  const startsMs = joins.flatMap(([atMs, count]) => Array.from({ length: count }, () => atMs));
  return startsMs.map((startMs, index) => {
    const stalls = spans
      .filter(([fromMs]) => fromMs > startMs)
      .map(([fromMs, toMs]) => {
        const stoodMs = pausedMs(fromMs) - pausedMs(startMs);
        return [Math.round((fromMs - startMs - 100 - stoodMs) / 20) + 1, toMs - fromMs] as const;
      });
    return streamOf(index, { tokens: 300, startMs, stallsMs: Object.fromEntries(stalls) });
  });
}

describe('runtime_gc', () => {
  it('is laid where the engine stood still now and then, its GPU idle and one thread at a core', () => {
    const [finding] = findings();
    expect(finding).toMatchObject({
      cause: 'runtime_gc',
      confidence: 0.75,
      sourceIds: ['host-1'],
      episodesCount: 4,
    });
    expect(finding?.evidence).toMatch(
      /stood still for 9\d\d ms, its GPUs idle .* process 10 at .*; 4 such pauses/,
    );
  });

  it('is ruled out by GPUs that worked on', () => {
    expect(findings({ idlePct: 100 }).map(({ cause }) => cause)).not.toContain('runtime_gc');
  });

  it('is ruled out by CPU time that was stolen', () => {
    expect(findings({ busyCores: 0.1, stolenCores: 0.9 }).map(({ cause }) => cause)).toEqual(['vm_steal']);
  });

  it('is not laid for one pause alone, which may have been anything', () => {
    const spans = SPANS.slice(0, 1);
    expect(findings({ spans, streams: pausedStreams({ streamsCount: 4, spans }) })).toMatchObject([
      { cause: 'unknown' },
    ]);
  });
});

describe('jit_compile', () => {
  it('is laid where each pause came at a batch size that was new', () => {
    const causes = findings({ streams: doublingBatch(UNEVEN), spans: UNEVEN }).map(({ cause }) => cause);
    expect(causes[0]).toBe('jit_compile');
    expect(causes).not.toContain('runtime_gc');
  });

  it('is laid where the sizes are new because streams have ended, with the very step before', () => {
    const causes = findings({ streams: halvingBatch(UNEVEN), spans: UNEVEN }).map(({ cause }) => cause);
    expect(causes[0]).toBe('jit_compile');
    expect(causes).not.toContain('runtime_gc');
  });

  it('is ruled out by batch sizes that had been run without a pause since the first one', () => {
    const causes = findings({ streams: growingBatch(UNEVEN), spans: UNEVEN }).map(({ cause }) => cause);
    expect(causes).not.toContain('jit_compile');
  });

  it('is ruled out by pauses that come every so many steps, whatever the batch', () => {
    const causes = findings({ streams: doublingBatch(SPANS) }).map(({ cause }) => cause);
    expect(causes).not.toContain('jit_compile');
  });

  it('is ruled out by pauses that recur at a batch size', () => {
    expect(findings().map(({ cause }) => cause)).toEqual(['runtime_gc']);
  });
});
