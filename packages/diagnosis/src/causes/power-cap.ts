import type { Episode } from '../episodes.js';
import type { GpuSource } from '../telemetry/telemetry.js';
import type { CauseRule } from './cause-rule.js';
import { CLOCK_DELAY_METRICS, CLOCK_DELAY_SERVER_METRICS } from './clock-delay.js';
import { pctText, suspectThrottling } from './throttling.js';

/**
 * Mechanism: the board's power reaches its limit and software lowers the clock until it does not.
 * Reads: the cumulative time under the power cap, power beside its limit, the SM clock beside its usual height, prompts that were worked on.
 * Ruled out by: a counter that stands still; a fall of the clock too small for the delay (decode hardly feels the clock, prefill does).
 */
export const POWER_CAP: CauseRule = {
  cause: 'power_cap',
  order: 'gpu_mechanism',
  highestConfidence: 0.9,
  reads: {
    gpu: ['throttle_power_cap_ns', 'power_instant_mw', 'power_limit_mw', ...CLOCK_DELAY_METRICS],
  },
  helpedBy: { server: CLOCK_DELAY_SERVER_METRICS },
  advice:
    'Raise the limit if cooling and supply allow (nvidia-smi -pl), or lock a steady lower clock (nvidia-smi -lgc) so that steps are even.',
  judgeSlow: (spell, context) => POWER_CAP.judge(spell, context),
  judge: (episode, context) =>
    suspectThrottling(
      {
        cause: 'power_cap',
        counters: ['throttle_power_cap_ns'],
        observe: (gpu) => {
          const ratio = powerOverLimit(gpu, episode);
          return [
            {
              name: 'power_over_limit_ratio',
              value: ratio ?? NaN,
              logLikelihoodRatio: ratio === undefined ? 0 : ratio > NEAR_LIMIT_RATIO ? 1 : -0.5,
            },
          ];
        },
        describe: (gpu) => {
          const ratio = powerOverLimit(gpu, episode);
          return `at ${ratio === undefined ? 'unknown power' : `up to ${pctText(ratio)} of its power limit`}, under its software power cap`;
        },
      },
      episode,
      context,
    ),
};

const NEAR_LIMIT_RATIO = 0.93;
/** The sensor of data-centre boards sees a quarter of the time: a peak may have been just before. */
const LOOK_BACK_NS = 500_000_000;

function powerOverLimit(gpu: GpuSource, { startNs, endNs }: Episode): number | undefined {
  const drawn = gpu.line('power_instant_mw')?.maxOver(startNs - LOOK_BACK_NS, endNs);
  const limit = gpu.line('power_limit_mw')?.levelAt(startNs);
  return drawn === undefined || limit === undefined || limit <= 0 ? undefined : drawn / limit;
}
