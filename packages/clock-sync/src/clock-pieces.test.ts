import fc from 'fast-check';
import { expect, it } from 'vitest';
import { clockPiecesOf } from './clock-pieces.js';
import { fitClock } from './fit-clock.js';

const SPAN = { agentIndex: 3, revision: 1, maxPieces: 8 };

/** Probes each 250 ms of an agent whose clock is `offsetNs` ahead at 0 and gains `skewPpm`; the way takes 100 µs each way. */
function probesOf(offsetNs: number, skewPpm: number, count: number) {
  const agentNs = (runNs: number) => Math.round(runNs + offsetNs + (runNs * skewPpm) / 1e6);
  return Array.from({ length: count }, (_, index) => {
    const t1Ns = index * 250_000_000;
    return {
      t1Ns,
      t2Ns: agentNs(t1Ns + 100_000),
      t3Ns: agentNs(t1Ns + 120_000),
      t4Ns: t1Ns + 220_000,
    };
  });
}

it('keeps the truth within each piece’s bound, whatever offset and drift', () => {
  const anyOffset = fc.integer({ min: -1e12, max: 1e12 });
  fc.assert(
    fc.property(anyOffset, fc.integer({ min: -100, max: 100 }), (offsetNs, skewPpm) => {
      const fit = fitClock(probesOf(offsetNs, skewPpm, 240));
      const agentNsOf = (runNs: number) => Math.round(runNs + offsetNs + (runNs * skewPpm) / 1e6);
      const span = { fromAgentNs: agentNsOf(0), toAgentNs: agentNsOf(60e9) };
      const pieces = clockPiecesOf(fit, { ...SPAN, ...span });
      expect(pieces.length).toBeGreaterThan(1);
      expect(pieces.length).toBeLessThanOrEqual(9);
      for (let runNs = 0; runNs <= 60e9; runNs += 777_777_777) {
        const agentNs = agentNsOf(runNs);
        const piece = pieces.findLast((each) => each.fromAgentNs <= agentNs);
        expect(piece).toBeDefined();
        if (piece === undefined) return;
        const sinceNs = agentNs - piece.agentNs;
        const aligned = piece.runNs + sinceNs + Math.round(sinceNs * piece.skewRatio);
        expect(Math.abs(aligned - runNs)).toBeLessThanOrEqual(piece.boundNs);
        expect(piece.boundNs).toBeLessThan(150_000);
      }
    }),
    { numRuns: 20 },
  );
});

it('is one piece for one instant, and none where nothing is known', () => {
  const instant = { ...SPAN, fromAgentNs: 500, toAgentNs: 500 };
  expect(clockPiecesOf(fitClock(probesOf(0, 0, 5)), instant)).toMatchObject([
    { agentIndex: 3, revision: 1, fromAgentNs: -Infinity, agentNs: 500, skewRatio: 0 },
  ]);
  expect(clockPiecesOf(fitClock([]), instant)).toEqual([]);
});
