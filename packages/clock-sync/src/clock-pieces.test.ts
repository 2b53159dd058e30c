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

it('says nothing of where a stepped clock is before it is known to have stepped', () => {
  const anyStep = fc.oneof(fc.integer({ min: 1e6, max: 1e9 }), fc.integer({ min: -1e9, max: -1e6 }));
  const anyStepAt = fc.integer({ min: 1e9, max: 58e9 });
  const anyWays = fc.tuple(fc.integer({ min: 1e4, max: 6e6 }), fc.integer({ min: 1e4, max: 6e6 }));
  fc.assert(
    fc.property(anyStep, anyStepAt, anyWays, (stepNs, stepAtNs, [thereNs, backNs]) => {
      fc.pre(Math.abs(stepNs) > thereNs + backNs);
      const offsetAt = (runNs: number) => 50e6 + runNs * 50e-6 + (runNs >= stepAtNs ? stepNs : 0);
      const agentNsOf = (runNs: number) => Math.round(runNs + offsetAt(runNs));
      const probes = Array.from({ length: 240 }, (_, index) => {
        const t1Ns = index * 250_000_000;
        const arrivedNs = t1Ns + thereNs;
        const t4Ns = arrivedNs + 20_000 + backNs;
        return { t1Ns, t2Ns: agentNsOf(arrivedNs), t3Ns: agentNsOf(arrivedNs + 20_000), t4Ns };
      });
      const span = { fromAgentNs: agentNsOf(0), toAgentNs: agentNsOf(60e9) };
      const pieces = clockPiecesOf(fitClock(probes), { ...SPAN, maxPieces: 512, ...span });
      // The clock's reading is cut to a whole nanosecond.
      for (const { agentNs, runNs, boundNs } of pieces)
        expect(Math.abs(agentNs - runNs - offsetAt(runNs))).toBeLessThanOrEqual(boundNs + 1);
      for (let runNs = 0; runNs <= 60e9; runNs += 77_777_777) {
        const agentNs = agentNsOf(runNs);
        const piece = pieces.findLast((each) => each.fromAgentNs <= agentNs);
        if (piece === undefined) throw new Error('no piece');
        const sinceNs = agentNs - piece.agentNs;
        const aligned = piece.runNs + sinceNs + Math.round(sinceNs * piece.skewRatio);
        expect(Math.abs(aligned - runNs)).toBeLessThanOrEqual(piece.boundNs);
      }
    }),
    { numRuns: 100 },
  );
});

it('is one piece for one instant, and none where nothing is known', () => {
  const instant = { ...SPAN, fromAgentNs: 500, toAgentNs: 500 };
  expect(clockPiecesOf(fitClock(probesOf(0, 0, 5)), instant)).toMatchObject([
    { agentIndex: 3, revision: 1, fromAgentNs: -Infinity, agentNs: 500, skewRatio: 0 },
  ]);
  expect(clockPiecesOf(fitClock([]), instant)).toEqual([]);
});
