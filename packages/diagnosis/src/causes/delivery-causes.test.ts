import { describe, expect, it } from 'vitest';
import { diagnose } from '../index.js';
import { DEADLINES, MS, streamOf } from '../testing/streams.js';
import { sourceOf } from '../testing/telemetry.js';
import { NO_TELEMETRY } from '../telemetry/telemetry.js';
import type { TokenStream } from '../token-stream.js';

const TIGHT = { ...DEADLINES, ttftDeadlineNs: 120 * MS } as typeof DEADLINES;

/** The same tokens as of `stream`, held back: each comes with the last of its group. */
function held(stream: TokenStream, groupOf: (token: number, atNs: number) => number): TokenStream {
  const { arrivalsNs } = stream.timings;
  const groups = Array.from(arrivalsNs, (atNs, token) => groupOf(token, atNs));
  const releasedNs = Float64Array.from(groups, (group) => arrivalsNs[groups.lastIndexOf(group)] ?? NaN);
  return { ...stream, timings: { ...stream.timings, arrivalsNs: releasedNs } };
}

/** Chunks of so many tokens. */
function coalesced(stream: TokenStream, tokens: number): TokenStream {
  const arrivalsNs = stream.timings.arrivalsNs.filter((_, token) => token % tokens === tokens - 1);
  return {
    ...stream,
    seqs: Uint32Array.from(arrivalsNs, (_, index) => index),
    timings: { ...stream.timings, arrivalsNs, tokenCounts: new Uint32Array(arrivalsNs.length).fill(tokens) },
    errorsNs: new Float64Array(arrivalsNs.length),
  };
}

function plain(count: number, tbtMs = 6): TokenStream[] {
  return Array.from({ length: count }, (_, index) => streamOf(index, { tokens: 300, ttftMs: 60, tbtMs }));
}

function causesOf(streams: readonly TokenStream[], telemetry = NO_TELEMETRY, deadlines = TIGHT) {
  return [...new Set(diagnose(streams, deadlines, telemetry).findings.map(({ cause }) => cause))];
}

describe('stream_coalescing', () => {
  it('is laid where each chunk holds the same number of tokens and the first waits for them', () => {
    expect(causesOf(plain(3).map((stream) => coalesced(stream, 32)))).toEqual(['stream_coalescing']);
  });

  it('is laid for all of a wait of which the chunk, as far as a pace can tell, was most', () => {
    const late = plain(3).map((_, index) =>
      coalesced(streamOf(index, { tokens: 300, ttftMs: 200, tbtMs: 6 }), 32),
    );
    expect(causesOf(late)).toEqual(['stream_coalescing']);
  });

  it('is laid where an answer is over in two such chunks, and not to lost segments, which take as long', () => {
    const short = Array.from({ length: 8 }, (_, index) =>
      coalesced(streamOf(index, { tokens: 64, startMs: 120 * index, ttftMs: 60, tbtMs: 7 }), 32),
    );
    expect(causesOf(short)).toEqual(['stream_coalescing']);
  });

  it('is not laid for a first token that is late by far more than its chunk takes', () => {
    const late = coalesced(streamOf(0, { tokens: 300, ttftMs: 900, tbtMs: 6 }), 4);
    expect(causesOf([late])).not.toEqual(['stream_coalescing']);
  });
});

describe('proxy_buffering', () => {
  it('is laid where the same number of chunks comes at once each time', () => {
    const buffered = plain(3).map((stream) => held(stream, (token) => Math.floor(token / 22)));
    expect(causesOf(buffered)).toEqual(['proxy_buffering']);
  });
});

const NAGLED_DEADLINES = { ttftDeadlineNs: 90 * MS, tbtDeadlineNs: 9.1 * MS } as typeof DEADLINES;

describe('nagle_delay', () => {
  it('is laid where whatever there is comes every 40 ms', () => {
    const streams = plain(3, 9).map((stream, index) =>
      held(stream, (_, atNs) => Math.floor((atNs - 3 * index * MS) / (40 * MS))),
    );
    const nagled = streams.map((stream, index) => ({
      ...stream,
      timings: {
        ...stream.timings,
        arrivalsNs: stream.timings.arrivalsNs.map(
          (atNs) => (Math.floor((atNs - 3 * index * MS) / (40 * MS)) + 1) * 40 * MS + 3 * index * MS,
        ),
      },
    }));
    expect(causesOf(nagled, NO_TELEMETRY, NAGLED_DEADLINES)).toEqual(['nagle_delay']);
  });

  it('is not laid for a first token that came late and alone, whatever its stream’s later ones wait for', () => {
    const streams = plain(3, 9).map((stream) => {
      const { arrivalsNs } = stream.timings;
      const heldNs = arrivalsNs.map((atNs, token) =>
        token === 0 ? atNs : (Math.floor(atNs / (40 * MS)) + 1) * 40 * MS,
      );
      return { ...stream, timings: { ...stream.timings, arrivalsNs: heldNs } };
    });
    const late = diagnose(streams, { ...NAGLED_DEADLINES, ttftDeadlineNs: 50 * MS } as typeof DEADLINES);
    const firstTokens = late.episodes.filter(({ phase }) => phase === 'first_token');
    expect(firstTokens.length).toBeGreaterThan(0);
    expect(firstTokens.flatMap(({ verdict }) => verdict.claims)).toEqual([]);
  });

  it('is not laid for bursts at other intervals', () => {
    const streams = plain(3, 9).map((stream) => held(stream, (_, atNs) => Math.floor(atNs / (100 * MS))));
    expect(causesOf(streams, NO_TELEMETRY, NAGLED_DEADLINES)).not.toContain('nagle_delay');
  });
});

describe('packet_loss', () => {
  /** One stream of six waits 200 ms for its 150th token and gets what it was owed at once. */
  const LOST = [
    ...Array.from({ length: 5 }, (_, index) => streamOf(index, { tokens: 400, tbtMs: 6 })),
    streamOf(5, { tokens: 400, tbtMs: 6, stallsMs: { 20: 195 }, delivery: true }),
  ];
  const DEADLINE = { ttftDeadlineNs: 110 * MS, tbtDeadlineNs: 7 * MS } as typeof DEADLINES;
  const hostWith = (resentAtMs: number) => ({
    ...NO_TELEMETRY,
    hosts: [
      sourceOf(
        'host-1',
        { tcp_retransmits_count: (ms: number) => (ms >= resentAtMs ? 1 : 0) },
        { everyMs: 100 },
      ),
    ],
  });

  it('is laid where one stream waited for a timeout and caught up, surest where a segment was sent again', () => {
    expect(diagnose(LOST, DEADLINE, hostWith(400)).findings).toMatchObject([
      { cause: 'packet_loss', sourceIds: ['host-1'], confidence: 0.95 },
    ]);
    expect(diagnose(LOST, DEADLINE).findings).toMatchObject([{ cause: 'packet_loss', confidence: 0.85 }]);
  });

  it('is seen at the client as well, in segments out of order; what the client itself sent again says nothing', () => {
    const clientWith = (curves: Parameters<typeof sourceOf>[1]) => ({
      ...NO_TELEMETRY,
      clients: [sourceOf('client', curves, { everyMs: 200 })],
    });
    const outOfOrder = (ms: number): number => (ms > 230 && ms <= 430 ? 12 : 0);
    expect(
      diagnose(LOST, DEADLINE, clientWith({ tcp_out_of_order_count: outOfOrder })).findings,
    ).toMatchObject([{ cause: 'packet_loss', sourceIds: ['client'], confidence: 0.95 }]);
    expect(causesOf(LOST, clientWith({ tcp_out_of_order_count: () => 0 }), DEADLINE)).toEqual(['unknown']);
    expect(
      diagnose(LOST, DEADLINE, clientWith({ tcp_retransmits_count: outOfOrder })).findings,
    ).toMatchObject([{ cause: 'packet_loss', confidence: 0.85 }]);
  });

  it('is ruled out by a counter that stood still, by another length, and by all streams at once', () => {
    expect(causesOf(LOST, hostWith(Infinity), DEADLINE)).toEqual(['unknown']);
    const shorter = [
      ...LOST.slice(0, 5),
      streamOf(5, { tokens: 400, tbtMs: 6, stallsMs: { 20: 120 }, delivery: true }),
    ];
    expect(causesOf(shorter, NO_TELEMETRY, DEADLINE)).toEqual(['unknown']);
    const all = LOST.map((_, index) =>
      streamOf(index, { tokens: 400, tbtMs: 6, stallsMs: { 20: 195 }, delivery: true }),
    );
    expect(causesOf(all, hostWith(400), DEADLINE)).not.toContain('packet_loss');
  });
});
