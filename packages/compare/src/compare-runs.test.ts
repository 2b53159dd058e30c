import { parseGates } from '@fluidscope/slo';
import { durationNs } from '@fluidscope/units';
import { describe, expect, it } from 'vitest';
import {
  compareRuns,
  comparisonJson,
  judgeGates,
  type ComparedRun,
  type Comparison,
  type JudgedGate,
} from './index.js';
import { PAUSES, simulatedRun } from './testing/runs.js';

const HALF = 'duration: 30s';
const QUICK = { seed: 3, resamplesCount: 300, confidenceRatio: 0.95 };

function gatesOf(comparison: Comparison, ...texts: readonly string[]): readonly JudgedGate[] {
  const gates = parseGates(texts);
  if ('problems' in gates) throw new Error(gates.problems.join());
  return judgeGates(comparison, gates);
}

function wordOf({ figures }: Comparison, kind: string): string | undefined {
  return figures.find(({ metric }) => metric.kind === kind)?.word;
}

describe('compareRuns', () => {
  it('finds no difference between a run and itself', async () => {
    const run = await simulatedRun(1);
    const { figures, warnings } = compareRuns(run, run, QUICK);
    expect(warnings).toEqual([]);
    expect(figures.filter(({ word }) => word === 'real')).toEqual([]);
    expect(figures.every(({ difference }) => difference === undefined || difference.value === 0)).toBe(true);
    expect(figures.find(({ metric }) => metric.kind === 'fluidity_index')?.word).toBe('within_noise');
  });

  it('seldom calls the difference between runs of other seeds real', async () => {
    const pairs = 12;
    let alarms = 0;
    for (let pair = 0; pair < pairs; pair += 1) {
      const [one, other] = [
        await simulatedRun(1_000 + 2 * pair, HALF),
        await simulatedRun(1_001 + 2 * pair, HALF),
      ];
      const { figures } = compareRuns(one, other, { ...QUICK, resamplesCount: 200 });
      if (figures.some(({ word }) => word === 'real')) alarms += 1;
    }
    // At 5 % more than 3 of 12 come up twice in 1,000 tries.
    expect(alarms).toBeLessThanOrEqual(3);
  });

  it('finds the pauses of one run, and says how far apart they are', async () => {
    const comparison = compareRuns(await simulatedRun(1), await simulatedRun(2, PAUSES), QUICK);
    expect(wordOf(comparison, 'fluidity_index')).toBe('real');
    expect(wordOf(comparison, 'missed_deadlines')).toBe('real');
    expect(wordOf(comparison, 'request_rate')).toBe('within_noise');
    const index = comparison.figures.find(({ metric }) => metric.kind === 'fluidity_index');
    expect(index?.difference?.interval.high).toBeLessThan(0);
    expect(index?.difference?.value).toBe((index?.second ?? 0) - (index?.first ?? 0));
  });

  it('says where there are too few requests to say', async () => {
    const few = await simulatedRun(1, 'duration: 3s');
    const { figures } = compareRuns(few, await simulatedRun(2, 'duration: 3s'), QUICK);
    expect(new Set(figures.map(({ word }) => word))).toEqual(new Set(['too_few']));
  });

  it('has no figure of a run without requests', () => {
    const none = emptyRun();
    const { figures } = compareRuns(none, none, QUICK);
    expect(figures.every(({ word, first }) => word === 'unmeasured' && first === undefined)).toBe(true);
    expect(gatesOf(compareRuns(none, none, QUICK), 'p99_ttft<=1s')[0]?.verdict).toBe('unmeasured');
  });

  it('gives the same for the same seed', async () => {
    const [one, other] = [await simulatedRun(1), await simulatedRun(2)];
    expect(comparisonJson(compareRuns(one, other, QUICK), [])).toEqual(
      comparisonJson(compareRuns(one, other, QUICK), []),
    );
  });

  it('warns where runs are not comparable', async () => {
    const faster = await simulatedRun(
      2,
      'deadlines: { tbt: 25ms }',
      'load: { arrivals: { kind: poisson, rate: 8 } }',
    );
    const { warnings } = compareRuns(await simulatedRun(1), faster, QUICK);
    expect(warnings.join('\n')).toMatch(/deadline between tokens.*12000000 and 25000000/);
    expect(warnings.join('\n')).toMatch(/loads differ/);
  });
});

describe('judgeGates', () => {
  it('passes, fails, and says where it cannot tell', async () => {
    const comparison = compareRuns(await simulatedRun(1), await simulatedRun(2, PAUSES), QUICK);
    const verdicts = gatesOf(
      comparison,
      'error_rate<=5% fluidity_index>=0.99 fluidity_index>=-0.001 p50_ttft<=+300% request_rate>=-1% p99_ttft<=10s',
    ).map(({ verdict }) => verdict);
    expect(verdicts).toEqual(['passed', 'failed', 'undecided', 'failed', 'passed', 'undecided']);
  });

  it('does not take what never varied for certain', async () => {
    const [one, other] = [await simulatedRun(1), await simulatedRun(2)];
    const [rate, change] = gatesOf(compareRuns(one, other, QUICK), 'error_rate<=0.1% error_rate<=+0.1pp');
    expect(rate).toMatchObject({ value: 0, verdict: 'undecided' });
    expect(change).toMatchObject({ value: 0, verdict: 'undecided' });
  });

  it('takes failed requests for worse than any limit', async () => {
    const run = await simulatedRun(1);
    const failing = {
      ...run,
      requests: run.requests.map((each, index) => (index % 4 === 0 ? { score: undefined } : each)),
    };
    const comparison = compareRuns(run, failing, QUICK);
    expect(
      gatesOf(comparison, 'p90_ttft<=1h p90_ttft<=+5%').map(({ verdict, value }) => [verdict, value]),
    ).toEqual([
      ['failed', Infinity],
      ['failed', Infinity],
    ]);
    const p90 = comparison.figures.find(({ metric }) => metric.kind === 'quantile' && metric.ratio === 0.9);
    expect(p90?.second).toBeLessThan(1e9);
  });
});

function emptyRun(): ComparedRun {
  return {
    name: 'none',
    run: {
      runId: 'none',
      startedWallNs: 0n as ComparedRun['run']['startedWallNs'],
      startedMonoNs: 0n as ComparedRun['run']['startedMonoNs'],
      config: {},
      versions: {},
      machine: {},
      stampOverheadNs: durationNs(0),
      clockResolutionNs: durationNs(1),
      end: {
        endedNs: durationNs(0) as number as NonNullable<ComparedRun['run']['end']>['endedNs'],
        stopReason: 'finished',
      },
    },
    requests: [],
    sharesNs: new Float64Array(0),
    windowNs: durationNs(0),
    leftOutCount: 0,
    meanInFlightCount: 0,
    episodes: [],
  };
}
