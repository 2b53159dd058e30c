import type { Episode } from '../episodes.js';
import type { SampleLine } from '../telemetry/sample-line.js';
import type { GpuSource } from '../telemetry/telemetry.js';
import type { DiagnosisContext } from './cause-rule.js';
import { windowOf, type EpisodeWindow } from './episode-window.js';
import { GPU_WORK_METRICS, lostWork } from './gpu-work.js';

/** What `clockDelay` reads of a GPU, and of servers. */
export const CLOCK_DELAY_METRICS = [
  'sm_clock_mhz',
  'clocks_event_reasons_mask',
  ...GPU_WORK_METRICS,
] as const;
export const CLOCK_DELAY_SERVER_METRICS = ['prompt_tokens_count'] as const;

/** How much of a step stretches with the clock: nearly all of a prefill, little of a decode step, until the clock is too low to keep the memory busy. Estimates. */
const PREFILL_ELASTICITY = 0.9;
const DECODE_ELASTICITY = 0.25;
const MEMORY_SHARE_RATIO = 0.6;
const MEMORY_KNEE_RATIO = 0.5;

/** NVML's bit for a clock that is low because nothing is to be done. */
export const IDLE_REASON_BIT = 1;

/** What a fall of one GPU's clock can have cost an episode. */
export interface ClockDelay {
  /** Usual over present clock under work, less 1; 0 where it did not fall. */
  readonly fallRatio: number;
  readonly presentMhz: number;
  readonly predictedNs: number;
  /** Predicted over seen delay. */
  readonly budgetRatio: number;
}

/**
 * `undefined` where the clock is not known. The expected part of the stalled gaps stretches as decode does; prompts that were worked on meanwhile stretch by nearly all of the
 * fall. Where the server counts prompt tokens that is at most what they usually cost; else whatever the GPU worked beyond the expected may have been prompts. Time in which the GPU stood
 * idle was not lost to its clock.
 */
export function clockDelay(
  episode: Episode,
  context: DiagnosisContext,
  gpu: GpuSource,
): ClockDelay | undefined {
  const window = windowOf(episode);
  const clock = gpu.line('sm_clock_mhz');
  const usualMhz = clock?.usualHigh;
  const presentMhz = clock === undefined ? undefined : workingClockMhz(clock, gpu, window);
  if (presentMhz === undefined || usualMhz === undefined || presentMhz <= 0) return undefined;
  const fallRatio = Math.max(0, usualMhz / presentMhz - 1);
  const predictedNs = predictedDelayNs(fallRatio, window, { context, gpu });
  return { fallRatio, presentMhz, predictedNs, budgetRatio: predictedNs / window.excessNs };
}

function predictedDelayNs(
  fallRatio: number,
  window: EpisodeWindow,
  { context, gpu }: { readonly context: DiagnosisContext; readonly gpu: GpuSource },
): number {
  const { fromNs, toNs, expectedNs, excessNs } = window;
  const decodeRatio =
    DECODE_ELASTICITY * fallRatio + MEMORY_SHARE_RATIO * Math.max(0, MEMORY_KNEE_RATIO * (1 + fallRatio) - 1);
  const prefillRatio = PREFILL_ELASTICITY * fallRatio;
  const idleRatio = (lostWork(gpu, fromNs, toNs)?.lostNs ?? 0) / Math.max(1, toNs - fromNs);
  const workedNs = (expectedNs + excessNs) * (1 - Math.min(1, idleRatio));
  const decodeNs = Math.min(expectedNs, workedNs) * decodeRatio;
  const restNs = Math.max(0, workedNs - expectedNs * (1 + decodeRatio));
  // No fall stretches nothing, however much there may have been.
  const prefillNs =
    prefillRatio === 0
      ? 0
      : Math.min(prefillWorkNs(window, context) * prefillRatio, stretchedPart(restNs, prefillRatio));
  return decodeNs + prefillNs;
}

function stretchedPart(elapsedNs: number, slowerRatio: number): number {
  return (elapsedNs * slowerRatio) / (1 + slowerRatio);
}

/** What the prompts that a server worked on within a window usually cost; endless where nobody counted them. */
function prefillWorkNs(
  { fromNs, toNs }: EpisodeWindow,
  { telemetry: { servers }, prefillNsPerToken }: DiagnosisContext,
): number {
  const counted = servers.flatMap((server) => {
    const grown = server.line('prompt_tokens_count')?.growthOver(fromNs, toNs);
    return grown === undefined ? [] : [grown.growth];
  });
  if (counted.length === 0 || prefillNsPerToken === undefined) return Infinity;
  return Math.max(...counted) * prefillNsPerToken;
}

/** The mean clock over a window, the times left out in which it was low because the GPU was idle. */
function workingClockMhz(
  clock: SampleLine,
  gpu: GpuSource,
  { fromNs, toNs }: EpisodeWindow,
): number | undefined {
  const mask = gpu.line('clocks_event_reasons_mask');
  let [sum, count] = [0, 0];
  for (let index = Math.max(0, clock.indexAt(fromNs)); index < clock.timesNs.length; index += 1) {
    const [atNs, mhz] = [clock.timesNs[index] ?? NaN, clock.values[index] ?? NaN];
    if (atNs > toNs) break;
    if (Number.isNaN(mhz) || ((mask?.levelAt(atNs) ?? 0) & IDLE_REASON_BIT) !== 0) continue;
    sum += mhz;
    count += 1;
  }
  return count === 0 ? undefined : sum / count;
}
