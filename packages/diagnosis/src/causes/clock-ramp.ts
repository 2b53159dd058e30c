import type { Episode } from '../episodes.js';
import type { GpuSource } from '../telemetry/telemetry.js';
import type { CauseRule, DiagnosisContext, Suspicion } from './cause-rule.js';
import { IDLE_REASON_BIT } from './clock-delay.js';
import { windowOf } from './episode-window.js';
import { budgetObservation, explainedBy } from './throttling.js';

/**
 * Mechanism: a GPU that idled has let its clock fall, and takes its time to raise it when work comes.
 * Reads: the SM clock and the reason for it since before the request was sent.
 * Ruled out by: streams that were decoding just before; a clock that stood high when work came; a ramp too short for the delay.
 */
export const CLOCK_RAMP: CauseRule = {
  cause: 'clock_ramp',
  order: 'gpu_mechanism',
  highestConfidence: 0.85,
  reads: { gpu: ['sm_clock_mhz', 'clocks_event_reasons_mask'] },
  advice:
    'Keep clocks up between requests: persistence mode (nvidia-smi -pm 1) and a locked lower bound (nvidia-smi -lgc), or a request now and then to keep it warm.',
  judge: (episode, context) => context.telemetry.gpus.flatMap((gpu) => suspect(episode, context, gpu)),
};

const LOOK_BACK_NS = 200_000_000;
const LOW_CLOCK_RATIO = 0.7;
/** Loading weights and kernels of a first step stretches with the clock as prefill does. */
const ELASTICITY = 0.9;
/** How long after the last idle moment a ramp can still be going on. */
const LONGEST_RAMP_NS = 3_000_000_000;

function suspect(episode: Episode, context: DiagnosisContext, gpu: GpuSource): Suspicion[] {
  const { fromNs, toNs, excessNs, expectedNs } = windowOf(episode);
  const ramp = rampOf(gpu, { fromNs, toNs });
  if (ramp === undefined || context.batch.decodingCountAt(ramp.wokenNs - LOOK_BACK_NS) > 0) return [];
  const slowerRatio = ELASTICITY * ramp.fallRatio;
  const predictedNs = ((excessNs + expectedNs) * slowerRatio) / (1 + slowerRatio);
  return [
    {
      cause: 'clock_ramp',
      sourceId: gpu.sourceId,
      tier: 'A',
      explainedRatio: explainedBy(predictedNs / excessNs),
      observations: [
        { name: 'clock_at_wake_ratio', value: ramp.wakeRatio, logLikelihoodRatio: 2.5 },
        {
          name: 'clock_fall_ratio',
          value: ramp.fallRatio,
          logLikelihoodRatio: ramp.fallRatio > 0.1 ? 1 : -3,
        },
        budgetObservation(predictedNs / excessNs),
      ],
      coverageRatio: gpu.line('sm_clock_mhz')?.coverageRatio(fromNs, toNs) ?? 0,
      evidence: `it woke from idleness at ${Math.round(100 * ramp.wakeRatio)} % of its usual SM clock, ${Math.round((toNs - ramp.wokenNs) / 1e6)} ms before`,
    },
  ];
}

interface Ramp {
  /** The last moment at which the GPU said that it idled. */
  readonly wokenNs: number;
  /** Just after it, of the usual clock. */
  readonly wakeRatio: number;
  /** Usual over mean clock from then on, less 1. */
  readonly fallRatio: number;
}

function rampOf(
  gpu: GpuSource,
  { fromNs, toNs }: { readonly fromNs: number; readonly toNs: number },
): Ramp | undefined {
  const [clock, mask] = [gpu.line('sm_clock_mhz'), gpu.line('clocks_event_reasons_mask')];
  const usualMhz = clock?.usualHigh;
  if (clock === undefined || mask === undefined || usualMhz === undefined) return undefined;
  let wokenNs: number | undefined;
  for (let index = mask.indexAt(toNs); index >= 0; index -= 1) {
    const atNs = mask.timesNs[index] ?? NaN;
    if (atNs < fromNs - LONGEST_RAMP_NS) break;
    if (((mask.values[index] ?? 0) & IDLE_REASON_BIT) === 0) continue;
    wokenNs = atNs;
    break;
  }
  if (wokenNs === undefined || wokenNs >= toNs) return undefined;
  const after = clock.indexAt(wokenNs) + 1;
  const wakeRatio = (clock.values[after] ?? NaN) / usualMhz;
  const meanMhz = clock.meanOver(Math.max(fromNs, clock.timesNs[after] ?? toNs), toNs);
  if (!(wakeRatio <= LOW_CLOCK_RATIO) || meanMhz === undefined || meanMhz <= 0) return undefined;
  return { wokenNs, wakeRatio, fallRatio: Math.max(0, usualMhz / meanMhz - 1) };
}
