import {
  balancedClaims,
  calibrationBins,
  expectedCalibrationError,
  expectedOverstatement,
  precisionAbove,
  type CalibrationBin,
} from './calibration-figures.js';
import { Confusion, type ConfusionEntry } from './confusion.js';
import { causeFigures, macroF1, type CauseFigures } from './figures.js';
import { groupBy } from './group-by.js';
import { asVisible } from './hidden-causes.js';
import { CAUSES_OF_LOAD, type Label } from './labels.js';
import { quantile } from './quantile.js';
import { BASELINES, type BaselineName, type CounterfactualOutcome, type RunOutcome } from './run-outcome.js';
import { TIERS, type Tier } from './run-spec.js';

/** How well a part of the matrix is told. */
export interface Quality {
  readonly runsCount: number;
  readonly seeds: readonly number[];
  readonly families: readonly string[];
  readonly byTier: readonly TierQuality[];
  /** Of F1 to F7, F11 and F14 with all telemetry. */
  readonly easyF1: number | undefined;
  readonly confusion: Confusion;
  readonly causes: readonly CauseFigures[];
  readonly baselines: Readonly<Record<BaselineName, number | undefined>>;
  readonly decoys: Readonly<Record<string, number | undefined>>;
  readonly unknownRecall: number | undefined;
  readonly pairs: PairQuality;
  readonly bins: readonly CalibrationBin[];
  readonly calibrationError: number | undefined;
  /** Its part by claims that said more than was right; the rest said less. */
  readonly overstatement: number | undefined;
  /** With every missed deadline weighing the same. */
  readonly perMissCalibrationError: number | undefined;
  readonly surePrecision: number | undefined;
  readonly counterfactual: CounterfactualQuality;
  readonly clocks: ClockQuality;
  readonly badClocks: ClockQuality;
}

export interface TierQuality {
  readonly tier: Tier;
  readonly runsCount: number;
  /** Every missed deadline weighs the same. */
  readonly perMissF1: number | undefined;
  /** Every run weighs the same. */
  readonly perRunF1: number | undefined;
  readonly unknownRatio: number | undefined;
  readonly calibrationError: number | undefined;
  readonly overstatement: number | undefined;
}

/** Runs with two causes. */
export interface PairQuality {
  readonly runsCount: number;
  readonly bothRatio: number | undefined;
  readonly shareError: number | undefined;
}

export interface CounterfactualQuality {
  readonly count: number;
  readonly notFoundCount: number;
  readonly medianError: number | undefined;
  readonly p95Error: number | undefined;
  readonly withinRatio: number | undefined;
  /** Of the intervals that are given with it: how many hold the truth, and how wide they are. */
  readonly coveredRatio: number | undefined;
  readonly meanWidth: number | undefined;
  readonly p95Width: number | undefined;
  /** Of runs whose misses were laid to what they were due to: what the replay itself is off. */
  readonly toldRight: { readonly count: number; readonly p95Error: number | undefined };
}

export interface ClockQuality {
  readonly count: number;
  readonly p95ErrorNs: number | undefined;
  readonly withinBoundRatio: number | undefined;
}

const EASY = /^(f0[1-7]-|f11|f14)/;
const CLOSED_LOOP = /^closed-loop$/;
/** A cause that takes less of a run's misses was not found. */
const LEAST_FOUND_SHARE = 0.05;
const COUNTERFACTUAL_AIM = 0.01;
const TOLD_RIGHT_RATIO = 0.95;

/** Null runs are left out: they are judged by themselves. */
export function qualityOf(outcomes: readonly RunOutcome[]): Quality {
  const all = outcomes.filter(({ tier }) => tier === 'all');
  const confusion = Confusion.of(balanced(all.map((outcome) => outcome.confusion)));
  const bins = calibrationBins(balancedClaims(all));
  const isBadClock = ({ scenario }: RunOutcome): boolean => scenario.startsWith('n05');
  return {
    runsCount: all.length,
    seeds: [...new Set(all.map(({ seed }) => seed))].toSorted((a, b) => a - b),
    families: [...new Set(all.map(({ family }) => family))],
    byTier: TIERS.map((tier) => tierQuality(outcomes, tier)),
    easyF1: macroF1(
      causeFigures(
        Confusion.of(all.filter(({ scenario }) => EASY.test(scenario)).flatMap((each) => each.confusion)),
      ),
    ),
    confusion,
    causes: causeFigures(confusion),
    baselines: baselineF1(all),
    decoys: Object.fromEntries(['n01', 'n02', 'n03', 'n04'].map((name) => [name, falseRatio(all, name)])),
    unknownRecall: recallOf(all, 'n08', 'unknown'),
    pairs: pairQuality(all.filter(({ scenario }) => scenario.startsWith('n07'))),
    bins,
    calibrationError: expectedCalibrationError(bins),
    overstatement: expectedOverstatement(bins),
    perMissCalibrationError: expectedCalibrationError(calibrationBins(all.flatMap(({ claims }) => claims))),
    surePrecision: precisionAbove(balancedClaims(all), 0.9),
    counterfactual: counterfactualQuality(all.filter(({ family }) => !CLOSED_LOOP.test(family))),
    clocks: clockQuality(all.filter((outcome) => !isBadClock(outcome))),
    badClocks: clockQuality(all.filter(isBadClock)),
  };
}

/** Share of runs without a fault in which any miss was laid to what only a fault can do; `undefined` without a run. */
export function nullErrorRatio(outcomes: readonly RunOutcome[]): number | undefined {
  if (outcomes.length === 0) return undefined;
  const wrong = outcomes.filter(({ confusion }) => confusion.some(([, claimed]) => isFalseAlarm(claimed)));
  return wrong.length / outcomes.length;
}

export function isFalseAlarm(claimed: Label): boolean {
  return claimed !== 'load' && !CAUSES_OF_LOAD.has(claimed);
}

function tierQuality(outcomes: readonly RunOutcome[], tier: Tier): TierQuality {
  const within = outcomes.filter((outcome) => outcome.tier === tier);
  const runs = within.map(({ confusion }) => asVisible(confusion, tier));
  const whole = Confusion.of(balanced(runs));
  const bins = calibrationBins(balancedClaims(within));
  return {
    tier,
    runsCount: within.length,
    perMissF1: macroF1(causeFigures(Confusion.of(runs.flat()))),
    perRunF1: macroF1(causeFigures(whole)),
    unknownRatio: whole.total === 0 ? undefined : whole.ofClaim('unknown') / whole.total,
    calibrationError: expectedCalibrationError(bins),
    overstatement: expectedOverstatement(bins),
  };
}

/** Each run's misses together weigh 1. */
export function balanced(runs: readonly (readonly ConfusionEntry[])[]): ConfusionEntry[] {
  return runs.flatMap((entries) => {
    const total = entries.reduce((sum, [, , weight]) => sum + weight, 0);
    return entries.map(([truth, claimed, weight]): ConfusionEntry => [truth, claimed, weight / total]);
  });
}

function baselineF1(all: readonly RunOutcome[]): Quality['baselines'] {
  const f1Of = (name: BaselineName): number | undefined =>
    macroF1(causeFigures(Confusion.of(balanced(all.map(({ baselines }) => baselines?.[name] ?? [])))));
  return { [BASELINES[0]]: f1Of(BASELINES[0]), [BASELINES[1]]: f1Of(BASELINES[1]) };
}

/** Of a decoy's misses, the share laid to a cause that is not theirs; 0 where it cost none, so that there was nothing to lay to anything. */
function falseRatio(all: readonly RunOutcome[], name: string): number | undefined {
  const runs = all.filter(({ scenario }) => scenario.startsWith(name));
  if (runs.length === 0) return undefined;
  const confusion = Confusion.of(balanced(runs.map((run) => run.confusion)));
  const wrong = confusion
    .entries()
    .filter(([truth, claimed]) => truth !== claimed && claimed !== 'unknown')
    .reduce((sum, [, , weight]) => sum + weight, 0);
  return confusion.total === 0 ? 0 : wrong / confusion.total;
}

function recallOf(all: readonly RunOutcome[], name: string, label: Label): number | undefined {
  const runs = all.filter(({ scenario }) => scenario.startsWith(name));
  const confusion = Confusion.of(balanced(runs.map((run) => run.confusion)));
  const weight = confusion.ofTruth(label);
  return weight === 0 ? undefined : confusion.weight(label, label) / weight;
}

function pairQuality(runs: readonly RunOutcome[]): PairQuality {
  const judged = runs.map(({ confusion: entries }) => {
    const confusion = Confusion.of(entries);
    const causes = confusion.truths.filter((label) => label !== 'load');
    const shares = causes.map((cause) => ({
      claimed: confusion.ofClaim(cause) / confusion.total,
      truth: confusion.ofTruth(cause) / confusion.total,
    }));
    const errors = shares.map(({ claimed, truth }) => Math.abs(claimed - truth));
    return {
      both: shares.length === 2 && shares.every(({ claimed }) => claimed >= LEAST_FOUND_SHARE),
      error: Math.max(...errors),
    };
  });
  return {
    runsCount: runs.length,
    bothRatio: runs.length === 0 ? undefined : judged.filter(({ both }) => both).length / runs.length,
    shareError:
      runs.length === 0 ? undefined : judged.reduce((sum, { error }) => sum + error, 0) / runs.length,
  };
}

function counterfactualQuality(runs: readonly RunOutcome[]): CounterfactualQuality {
  const all = runs.flatMap(({ counterfactuals }) => counterfactuals);
  const errors = counterfactualErrors(runs);
  const ofToldRight = counterfactualErrors(
    runs.filter(({ confusion }) => rightRatio(Confusion.of(confusion)) >= TOLD_RIGHT_RATIO),
  );
  return {
    count: errors.length,
    notFoundCount: all.length - errors.length,
    medianError: quantile(errors, 0.5),
    p95Error: quantile(errors, 0.95),
    withinRatio:
      errors.length === 0
        ? undefined
        : errors.filter((error) => error <= COUNTERFACTUAL_AIM).length / errors.length,
    ...intervalQuality(all),
    toldRight: { count: ofToldRight.length, p95Error: quantile(ofToldRight, 0.95) },
  };
}

/** Both are rounded where they are printed, to four digits. */
const PRINTED_DIGIT = 1e-4;

function intervalQuality(
  all: readonly CounterfactualOutcome[],
): Pick<CounterfactualQuality, 'coveredRatio' | 'meanWidth' | 'p95Width'> {
  const intervals = all.flatMap(({ range, trueIndex }) =>
    range === undefined ? [] : [{ ...range, trueIndex }],
  );
  if (intervals.length === 0) return { coveredRatio: undefined, meanWidth: undefined, p95Width: undefined };
  const widths = intervals.map(({ lowIndex, highIndex }) => highIndex - lowIndex);
  const covered = intervals.filter(
    ({ lowIndex, highIndex, trueIndex }) =>
      trueIndex >= lowIndex - PRINTED_DIGIT && trueIndex <= highIndex + PRINTED_DIGIT,
  );
  return {
    coveredRatio: covered.length / intervals.length,
    meanWidth: widths.reduce((sum, width) => sum + width, 0) / widths.length,
    p95Width: quantile(widths, 0.95),
  };
}

function counterfactualErrors(runs: readonly RunOutcome[]): number[] {
  return runs
    .flatMap(({ counterfactuals }) => counterfactuals)
    .flatMap(({ claimedIndex, trueIndex }) =>
      claimedIndex === undefined ? [] : [Math.abs(claimedIndex - trueIndex)],
    );
}

/** Of all misses, those laid to what they were due to; 1 without a miss. */
function rightRatio(confusion: Confusion): number {
  if (confusion.total === 0) return 1;
  return confusion.truths.reduce((sum, label) => sum + confusion.weight(label, label), 0) / confusion.total;
}

function clockQuality(runs: readonly RunOutcome[]): ClockQuality {
  const errors = runs.flatMap(({ clockErrors }) => clockErrors);
  return {
    count: errors.length,
    p95ErrorNs: quantile(
      errors.map(({ errorNs }) => errorNs),
      0.95,
    ),
    withinBoundRatio:
      errors.length === 0
        ? undefined
        : errors.filter(({ errorNs, boundNs }) => errorNs <= boundNs).length / errors.length,
  };
}

/** What is most often laid to something else, each run weighing the same. */
export function worstConfusions(confusion: Confusion, count: number): ConfusionEntry[] {
  return confusion
    .entries()
    .filter(([truth, claimed]) => truth !== claimed)
    .sort((a, b) => b[2] - a[2])
    .slice(0, count);
}

export function runsByScenario(outcomes: readonly RunOutcome[]): Map<string, RunOutcome[]> {
  return groupBy(outcomes, ({ scenario }) => scenario);
}
