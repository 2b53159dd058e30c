import type { Episode } from '../episodes.js';
import type { SampleLine } from '../telemetry/sample-line.js';
import type { GpuSource } from '../telemetry/telemetry.js';
import type { DiagnosisContext, NamedCause, Observation, Suspicion } from './cause-rule.js';
import { clockDelay, type ClockDelay } from './clock-delay.js';
import { windowOf } from './episode-window.js';

/** Cumulative times under each reason for a lower clock. */
export const THROTTLE_COUNTERS = [
  'throttle_power_cap_ns',
  'throttle_thermal_sw_ns',
  'throttle_thermal_hw_ns',
  'throttle_power_brake_ns',
] as const;

export type ThrottleCounter = (typeof THROTTLE_COUNTERS)[number];

/** A clock that was lowered is raised again step by step: what held it down may have ended before the stall. */
const LOOK_BACK_NS = 1_500_000_000;
const LEAST_DUTY_RATIO = 0.01;
const CLEAR_DUTY_RATIO = 0.05;

/** Share of an episode's time, or of that with what led to it, that a GPU spent under a reason; `undefined` where that is not counted. */
export function throttledRatio(
  gpu: GpuSource,
  counters: readonly ThrottleCounter[],
  episode: Episode,
): { readonly ratio: number; readonly coverageRatio: number } | undefined {
  const { fromNs, toNs } = windowOf(episode);
  const throttled = counters.flatMap((counter) => {
    const line = gpu.line(counter);
    if (line === undefined) return [];
    const ratios = [fromNs, fromNs - LOOK_BACK_NS].map((sinceNs) => grownAround(line, sinceNs, toNs) ?? NaN);
    const known = ratios.filter((ratio) => !Number.isNaN(ratio));
    return known.length === 0
      ? []
      : [{ ratio: Math.max(...known), coverageRatio: line.coverageRatio(fromNs, toNs) }];
  });
  if (throttled.length === 0) return undefined;
  return throttled.reduce((most, each) => (each.ratio > most.ratio ? each : most));
}

/** The run's first samples are as far back as can be looked. */
function grownAround(line: SampleLine, fromNs: number, toNs: number): number | undefined {
  const grown = line.growthOver(Math.max(fromNs, line.timesNs[0] ?? NaN), toNs);
  return grown === undefined || grown.toNs <= grown.fromNs
    ? undefined
    : grown.growth / (grown.toNs - grown.fromNs);
}

/** One reason for a lower clock. */
export interface Throttling {
  readonly cause: NamedCause;
  readonly counters: readonly ThrottleCounter[];
  /** What else tells: of the GPU, beside the counter and the clock. */
  readonly observe: (gpu: GpuSource, episode: Episode) => readonly Observation[];
  /** After `it was `. */
  readonly describe: (gpu: GpuSource, episode: Episode) => string;
}

/** That a counted reason held down the clock of a GPU by so much that it explains the delay. Throttling without consequence is nobody's fault. */
export function suspectThrottling(
  { cause, counters, observe, describe }: Throttling,
  episode: Episode,
  context: DiagnosisContext,
): Suspicion[] {
  return context.telemetry.gpus.flatMap((gpu) => {
    const throttled = throttledRatio(gpu, counters, episode);
    if (throttled === undefined || throttled.ratio < LEAST_DUTY_RATIO) return [];
    const delay = clockDelay(episode, context, gpu);
    return [
      {
        cause,
        sourceId: gpu.sourceId,
        tier: 'A',
        explainedRatio: explainedBy(delay?.budgetRatio ?? 0),
        observations: [
          {
            name: 'throttled_ratio',
            value: throttled.ratio,
            logLikelihoodRatio: throttled.ratio >= CLEAR_DUTY_RATIO ? 2 : 0.5,
          },
          ...observe(gpu, episode),
          ...clockObservations(delay),
        ],
        coverageRatio: throttled.coverageRatio,
        evidence: `${describe(gpu, episode)} ${pctText(throttled.ratio)} of the time${clockText(delay)}`,
      },
    ];
  });
}

/** A budget is good to a factor of two: what predicts half of a delay may explain all of it. */
export function explainedBy(budgetRatio: number): number {
  return Math.min(1, 2 * budgetRatio);
}

/** An unknown clock says nothing of how much it cost, and so speaks against. */
export function clockObservations(delay: ClockDelay | undefined): readonly Observation[] {
  if (delay === undefined) return [{ name: 'clock_fall_ratio', value: NaN, logLikelihoodRatio: -5 }];
  return [
    {
      name: 'clock_fall_ratio',
      value: delay.fallRatio,
      logLikelihoodRatio: delay.fallRatio > 0.03 ? 1 : -2,
    },
    budgetObservation(delay.budgetRatio),
  ];
}

/** Predicted over seen delay. */
export function budgetObservation(budgetRatio: number): Observation {
  return {
    name: 'predicted_over_excess',
    value: budgetRatio,
    logLikelihoodRatio: budgetRatio >= 0.5 ? 1.5 : budgetRatio < 0.25 ? -5 : budgetRatio < 0.35 ? -1.5 : 0,
  };
}

export function clockText(delay: ClockDelay | undefined): string {
  if (delay === undefined) return '';
  const { fallRatio } = delay;
  return `, the SM clock ${pctText(fallRatio / (1 + fallRatio))} down`;
}

export function pctText(ratio: number): string {
  return `${Math.round(100 * ratio)} %`;
}
