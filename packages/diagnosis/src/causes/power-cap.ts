import { excessPerStreamNs, type Episode } from '../episodes.js';
import type { SampleLine } from '../telemetry/sample-line.js';
import type { GpuSource } from '../telemetry/telemetry.js';
import type { CauseRule, DiagnosisContext, Suspicion } from './cause-rule.js';

/**
 * Mechanism: the board's power reaches its limit and software lowers the clock until it does not.
 * Reads: the cumulative time under the power cap, power beside its limit, the SM clock beside its usual height, prompts that joined.
 * Ruled out by: a counter that stands still; a fall of the clock too small for the delay (decode hardly feels the clock, prefill does).
 */
export const POWER_CAP: CauseRule = {
  cause: 'power_cap',
  order: 'gpu_mechanism',
  highestConfidence: 0.9,
  reads: { gpu: ['throttle_power_cap_ns', 'power_instant_mw', 'power_limit_mw', 'sm_clock_mhz'] },
  advice:
    'Raise the limit if cooling and supply allow (nvidia-smi -pl), or lock a steady lower clock (nvidia-smi -lgc) so that steps are even.',
  judge: (episode, context) =>
    episode.phase === 'decode' ? context.telemetry.gpus.flatMap((gpu) => suspect(episode, context, gpu)) : [],
};

/** How much of a step stretches with the clock: nearly all of a prefill, little of a decode step. Estimates. */
const PREFILL_ELASTICITY = 0.9;
const DECODE_ELASTICITY = 0.25;
const LEAST_DUTY_RATIO = 0.05;

function suspect(episode: Episode, context: DiagnosisContext, gpu: GpuSource): Suspicion[] {
  const { startNs, endNs } = episode;
  const counter = gpu.line('throttle_power_cap_ns');
  const grown = counter?.growthOver(startNs, endNs);
  if (counter === undefined || grown === undefined) return [];
  const dutyRatio = grown.growth / (grown.toNs - grown.fromNs);
  if (dutyRatio < LEAST_DUTY_RATIO) return [];
  const fall = clockFall(gpu.line('sm_clock_mhz'), episode);
  const elasticity =
    context.batch.joinedWithin(startNs, endNs).length > 0 ? PREFILL_ELASTICITY : DECODE_ELASTICITY;
  const slowerRatio = elasticity * fall;
  const predictedNs = ((endNs - startNs) * slowerRatio) / (1 + slowerRatio);
  const budget = predictedNs / excessPerStreamNs(episode);
  const powerRatio = powerOverLimit(gpu, episode);
  const pct = (ratio: number): string => `${Math.round(100 * ratio)} %`;
  return [
    {
      cause: 'power_cap',
      sourceId: gpu.sourceId,
      tier: 'A',
      explainedRatio: Math.min(1, budget),
      observations: [
        { name: 'power_cap_duty_ratio', value: dutyRatio, logLikelihoodRatio: dutyRatio > 0.3 ? 2 : 0.5 },
        {
          name: 'power_over_limit_ratio',
          value: powerRatio ?? NaN,
          logLikelihoodRatio: powerRatio === undefined ? 0 : powerRatio > 0.93 ? 1 : -1,
        },
        { name: 'clock_fall_ratio', value: fall, logLikelihoodRatio: fall > 0.03 ? 1 : -1 },
        {
          name: 'predicted_over_excess',
          value: budget,
          logLikelihoodRatio: budget >= 0.5 && budget <= 2 ? 1.5 : budget < 0.25 ? -5 : 0,
        },
      ],
      coverageRatio: counter.coverageRatio(startNs, endNs),
      evidence: `under its software power cap ${pct(dutyRatio)} of the time, at ${powerRatio === undefined ? 'unknown power' : `${pct(powerRatio)} of its power limit`}, the SM clock ${pct(fall / (1 + fall))} down`,
    },
  ];
}

/** Usual over present clock, less 1; 0 where either is not known. */
function clockFall(clock: SampleLine | undefined, { startNs, endNs }: Episode): number {
  const present = clock?.meanOver(startNs, endNs);
  const usual = clock?.usualHigh;
  return present === undefined || usual === undefined || present <= 0 ? 0 : Math.max(0, usual / present - 1);
}

function powerOverLimit(gpu: GpuSource, { startNs, endNs }: Episode): number | undefined {
  const drawn = gpu.line('power_instant_mw')?.maxOver(startNs, endNs);
  const limit = gpu.line('power_limit_mw')?.levelAt(startNs);
  return drawn === undefined || limit === undefined || limit <= 0 ? undefined : drawn / limit;
}
