import type { CauseRule } from './cause-rule.js';
import { CLOCK_DELAY_METRICS, CLOCK_DELAY_SERVER_METRICS } from './clock-delay.js';
import { suspectThrottling, throttledRatio } from './throttling.js';

const COUNTERS = ['throttle_power_brake_ns'] as const;
const LEAST_BRAKED_RATIO = 0.05;

/**
 * Mechanism: the supply or the rack pulls the board's external brake, which cuts the clock by half or more, often on every GPU of a chassis.
 * Reads: the cumulative time under the brake, of every GPU; the SM clock beside its usual height; prompts that were worked on.
 * Ruled out by: a counter that stands still; a fall of the clock too small for the delay.
 */
export const POWER_BRAKE: CauseRule = {
  cause: 'power_brake',
  order: 'gpu_mechanism',
  highestConfidence: 0.95,
  reads: { gpu: [...COUNTERS, ...CLOCK_DELAY_METRICS] },
  helpedBy: { server: CLOCK_DELAY_SERVER_METRICS },
  advice: 'Look at the power supplies and the rack: what pulls the brake is outside of the GPU.',
  judgeSlow: (spell, context) => POWER_BRAKE.judge(spell, context),
  judge(episode, context) {
    const { gpus } = context.telemetry;
    const isBraked = (agentId: string): number =>
      gpus.filter(
        (gpu) =>
          gpu.agentId === agentId &&
          (throttledRatio(gpu, COUNTERS, episode)?.ratio ?? 0) > LEAST_BRAKED_RATIO,
      ).length;
    return suspectThrottling(
      {
        cause: 'power_brake',
        counters: COUNTERS,
        observe: ({ agentId }) => {
          const value = isBraked(agentId);
          return [{ name: 'braked_gpus_count', value, logLikelihoodRatio: value > 1 ? 0.5 : 0 }];
        },
        describe: () => 'under its power brake',
      },
      episode,
      context,
    );
  },
};
