import { describe, expect, it } from 'vitest';
import { diagnose } from '../index.js';
import { DEADLINES, MS, streamOf } from '../testing/streams.js';
import { serverWith } from '../testing/telemetry.js';
import { NO_TELEMETRY } from '../telemetry/telemetry.js';
import type { TokenStream } from '../token-stream.js';

const TIGHT = { ...DEADLINES, tbtDeadlineNs: 10 * MS } as typeof DEADLINES;

/** A stream whose token takes what `gapMsAt` says at that time, `tokensAt` of them in a chunk. */
function paced(
  requestIndex: number,
  startMs: number,
  {
    gapMsAt,
    tokensAt = () => 1,
    chunks = 300,
  }: { gapMsAt: (atMs: number) => number; tokensAt?: (atMs: number) => number; chunks?: number },
): TokenStream {
  const arrivalsMs: number[] = [];
  for (let atMs = startMs + 50, chunk = 0; chunk < chunks; chunk += 1) {
    arrivalsMs.push(atMs);
    atMs += gapMsAt(atMs);
  }
  const stream = streamOf(requestIndex, { tokens: chunks, startMs });
  return {
    ...stream,
    timings: {
      ...stream.timings,
      arrivalsNs: Float64Array.from(arrivalsMs, (ms) => Math.round(ms * MS)),
      tokenCounts: Uint32Array.from(arrivalsMs, tokensAt),
    },
  };
}

function causesOf(streams: readonly TokenStream[], deadlines = TIGHT, telemetry = NO_TELEMETRY) {
  return [...new Set(diagnose(streams, deadlines, telemetry).findings.map(({ cause }) => cause))];
}

describe('baseline_slower_than_deadline', () => {
  it('counts tokens, not chunks: a chunk of three in 12 ms holds a deadline of 10 ms', () => {
    const streams = [0, 1, 2].map((index) => paced(index, 0, { gapMsAt: () => 12, tokensAt: () => 3 }));
    expect(causesOf(streams)).toEqual([]);
  });

  it('is laid where even the fastest part of the run is slower than the deadline', () => {
    expect(causesOf([0, 1, 2].map((index) => paced(index, 0, { gapMsAt: () => 12 })))).toEqual([
      'baseline_slower_than_deadline',
    ]);
  });

  it('is laid where the usual pace is slower and the fastest only just holds the deadline', () => {
    const streams = Array.from({ length: 6 }, (_, index) =>
      paced(index, 100 * index, { gapMsAt: (ms) => (ms > 700 ? 11 : 9.7) }),
    );
    expect(causesOf(streams)).toEqual(['baseline_slower_than_deadline']);
  });

  it('is not laid where a good part of the run held the deadline', () => {
    const streams = Array.from({ length: 6 }, (_, index) =>
      paced(index, 200 * index, { gapMsAt: (ms) => (ms > 2_000 ? 12 : 6) }),
    );
    expect(causesOf(streams)).not.toContain('baseline_slower_than_deadline');
  });
});

describe('spec_decode_drop', () => {
  const isSlow = (ms: number): boolean => ms > 3_000 && ms < 6_000;
  const drafted = Array.from({ length: 24 }, (_, index) =>
    paced(index, 300 * index, { gapMsAt: () => 12, tokensAt: (ms) => (isSlow(ms) ? 1 : 3) }),
  );
  const acceptanceOf = (ratioAt: (ms: number) => number) => {
    let accepted = 0;
    const table = Array.from({ length: 101 }, (_, index) => (accepted += 20 * ratioAt(100 * index)));
    return serverWith({
      speculative_draft_tokens: (ms) => ms / 5,
      speculative_accepted_tokens: (ms) => table[Math.floor(ms / 100)] ?? NaN,
    });
  };

  it('is laid where chunks hold fewer tokens at the same rate, surer where fewer drafts were accepted', () => {
    expect(diagnose(drafted, TIGHT).findings[0]).toMatchObject({
      cause: 'spec_decode_drop',
      kind: 'slow_throughout',
      confidence: 0.85,
    });
    expect(
      diagnose(
        drafted,
        TIGHT,
        acceptanceOf((ms) => (isSlow(ms) ? 0.1 : 0.7)),
      ).findings[0],
    ).toMatchObject({ cause: 'spec_decode_drop', confidence: 0.9 });
  });

  it('is ruled out by an acceptance that did not fall', () => {
    expect(
      causesOf(
        drafted,
        TIGHT,
        acceptanceOf(() => 0.7),
      ),
    ).not.toContain('spec_decode_drop');
  });

  it('is not laid where chunks always held one token', () => {
    const slowed = Array.from({ length: 24 }, (_, index) =>
      paced(index, 300 * index, { gapMsAt: (ms) => (isSlow(ms) ? 12 : 6) }),
    );
    expect(causesOf(slowed)).not.toContain('spec_decode_drop');
  });
});

/** More and more streams until 3 s, which all go on until 4 s, with a token's time by how many there are. */
function ramp(gapMsWith: (streamsCount: number, atMs: number) => number): readonly TokenStream[] {
  const countAt = (ms: number): number => Math.min(80, Math.max(1, Math.floor(ms / 33)));
  const gapMsAt = (ms: number): number => gapMsWith(countAt(ms), ms);
  return Array.from({ length: 80 }, (_, index) => {
    let chunks = 1;
    for (let atMs = 33 * index; atMs < 4_000; atMs += gapMsAt(atMs)) chunks += 1;
    return paced(index, 33 * index, { gapMsAt, chunks });
  });
}

describe('batch_growth', () => {
  it('is laid where a token takes longer the more streams decode, whenever they do', () => {
    const { findings } = diagnose(
      ramp((count) => 5 + 0.08 * count),
      TIGHT,
    );
    expect(findings.filter(({ kind }) => kind === 'slow_throughout')).toMatchObject([
      { cause: 'batch_growth', confidence: 0.85 },
    ]);
  });

  it('is ruled out by a pace that few streams do not foretell', () => {
    const jump = ramp((_, ms) => (ms > 2_500 ? 13 : 5));
    expect(causesOf(jump)).not.toContain('batch_growth');
  });
});

describe('cuda_graph_miss', () => {
  it('is laid where the time a chunk takes steps up at a batch size and is even on both sides', () => {
    const lengths = [20, 24, 30, 40, 46, 34, 28, 22];
    const streams = lengths.flatMap((count, block) =>
      Array.from({ length: count }, (_, index) =>
        paced(100 * block + index, 5_000 * block + index, {
          gapMsAt: () => (count > 32 ? 13 : 8),
          chunks: 100,
        }),
      ),
    );
    expect(causesOf(streams)).toContain('cuda_graph_miss');
  });

  it('is not laid for a time that grows with the batch', () => {
    expect(causesOf(ramp((count) => 5 + 0.08 * count))).not.toContain('cuda_graph_miss');
  });
});
