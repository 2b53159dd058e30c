import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgePoint } from './judge-point.js';
import { nextStep, type CapacityAnswer } from './next-step.js';
import type { MeasuredPoint, PlannedPoint } from './point-outcome.js';
import { defaultSteadyCount, type SearchOptions } from './search-options.js';
import { drawnOutcome } from './testing/drawn-outcome.js';

const TERMS = [{ name: 'fluidity>=0.9@95%', targetRatio: 0.95 }];
const OPTIONS: SearchOptions = {
  terms: TERMS,
  startLoad: 1,
  lowestLoad: 1 / 64,
  highestLoad: 1_024,
  isWhole: false,
  precisionRatio: 0.03,
  steadyCount: defaultSteadyCount(TERMS),
  mostRequestsCount: 200_000,
  mostElapsedNs: Infinity,
};

/** Requests that fail independently, at the target's share where the load is `capacity`, with odds that grow with the 20th power of the load. */
function failRatio(load: number, capacity: number): number {
  return 1 / (1 + 19 * (capacity / load) ** 20);
}

function search(
  options: SearchOptions,
  measure: (point: PlannedPoint) => MeasuredPoint,
  points: MeasuredPoint[] = [],
): { readonly answer: CapacityAnswer; readonly points: readonly MeasuredPoint[] } {
  for (;;) {
    const step = nextStep(options, points);
    if (step.kind === 'answer') return { answer: step.answer, points };
    points.push(measure(step.point));
  }
}

const measureAt =
  (capacity: number, seed: number) =>
  (point: PlannedPoint): MeasuredPoint =>
    judgePoint(point, drawnOutcome(point, { failRatio: failRatio(point.load, capacity), seed }), TERMS);

describe('a search', () => {
  it('finds a capacity within its interval and its precision, over forty seeds', { timeout: 60_000 }, () => {
    const capacity = 7.3;
    const answers = Array.from(
      { length: 40 },
      (_, seed) => search(OPTIONS, measureAt(capacity, seed)).answer,
    );
    const found = answers.flatMap((answer) => (answer.kind === 'found' ? [answer] : []));
    expect(found).toHaveLength(40);
    const near = found.filter(({ load }) => Math.abs(load / capacity - 1) <= 0.03);
    const covering = found.filter(({ lowLoad, highLoad }) => lowLoad <= capacity && capacity <= highLoad);
    expect(near.length).toBeGreaterThanOrEqual(37);
    expect(covering.length).toBeGreaterThanOrEqual(36);
  });

  it('goes on from any of its points to the same answer', () => {
    const measure = measureAt(3.1, 5);
    const { answer, points } = search(OPTIONS, measure);
    for (let kept = 0; kept <= points.length; kept++)
      expect(search(OPTIONS, measure, points.slice(0, kept)).answer).toEqual(answer);
  });

  it('ends for whatever is measured, and never asks for more than its budget', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.boolean(), (seed, isWhole) => {
        const options = { ...OPTIONS, isWhole, lowestLoad: 1, mostRequestsCount: 5_000 };
        const chaos = (point: PlannedPoint): MeasuredPoint =>
          judgePoint(
            point,
            drawnOutcome(point, { failRatio: (Math.sin(seed + point.load * 99) + 1) / 2, seed }),
            TERMS,
          );
        const { points } = search(options, chaos);
        expect(points.reduce((sum, { sentCount }) => sum + sentCount, 0)).toBeLessThanOrEqual(5_000);
      }),
      { numRuns: 30 },
    );
  });

  it('uses no seed twice among the runs that are evidence', () => {
    const { points } = search(OPTIONS, measureAt(3.1, 6));
    const seeds = points.filter(({ purpose }) => purpose === 'refine').map(({ seedIndex }) => seedIndex);
    expect(new Set(seeds).size).toBe(seeds.length);
    expect(seeds).not.toContain(0);
  });

  it('says so where the lowest load fails, where the highest is met, and where nothing could be measured', () => {
    expect(search(OPTIONS, measureAt(0.001, 1)).answer).toEqual({ kind: 'not_met_at_lowest', load: 1 / 64 });
    expect(search(OPTIONS, measureAt(9_999, 1)).answer).toMatchObject({
      kind: 'met_at_highest',
      load: 1_024,
    });
    const nothing = (point: PlannedPoint): MeasuredPoint =>
      judgePoint(point, { requests: [], sendingEndedNs: 0, stoppedBy: undefined }, TERMS);
    expect(search(OPTIONS, nothing).answer).toEqual({ kind: 'nothing_measured' });
  });

  it('does not call it nothing where requests fail and the budget ends', () => {
    const options = { ...OPTIONS, mostRequestsCount: 250 };
    expect(search(options, measureAt(0.01, 1)).answer).toEqual({ kind: 'not_met_at_lowest', load: 1 });
  });

  it('does not call a load met at which too few were good, though it is in doubt, where the budget ends', () => {
    const options = { ...OPTIONS, steadyCount: 80, mostRequestsCount: 80 };
    const tooFewGood = (point: PlannedPoint): MeasuredPoint =>
      judgePoint(point, drawnOutcome(point, { failRatio: 0.1, seed: 1 }), TERMS);
    const { answer, points } = search(options, tooFewGood);
    expect(points.map(({ verdict }) => verdict)).toContain('straddles');
    expect(answer.kind).toBe('not_met_at_lowest');
  });

  it('finds requests in flight as a whole number', () => {
    const options = { ...OPTIONS, isWhole: true, lowestLoad: 1, startLoad: 1 };
    const { answer } = search(options, measureAt(12.4, 3));
    if (answer.kind !== 'found') throw new Error(answer.kind);
    expect(answer.load).toBeGreaterThan(11.5);
    expect(answer.load).toBeLessThan(13.3);
  });
});
