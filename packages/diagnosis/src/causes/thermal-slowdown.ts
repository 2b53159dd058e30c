import type { Episode } from '../episodes.js';
import type { GpuSource } from '../telemetry/telemetry.js';
import type { CauseRule, Observation } from './cause-rule.js';
import { CLOCK_DELAY_METRICS, CLOCK_DELAY_SERVER_METRICS } from './clock-delay.js';
import { suspectThrottling } from './throttling.js';

const COUNTERS = ['throttle_thermal_sw_ns', 'throttle_thermal_hw_ns'] as const;

/**
 * Mechanism: the die gets too hot; software lowers the clock step by step, and past a second threshold the hardware halves it.
 * Reads: the cumulative times under both, the temperature, the SM clock beside its usual height, prompts that were worked on.
 * Ruled out by: counters that stand still; a temperature no higher than where it stood when nothing was held down; a fall of the clock too small for the delay.
 */
export const THERMAL_SLOWDOWN: CauseRule = {
  cause: 'thermal_slowdown',
  order: 'gpu_mechanism',
  highestConfidence: 0.95,
  reads: { gpu: [...COUNTERS, 'temperature_gpu_celsius', ...CLOCK_DELAY_METRICS] },
  helpedBy: { server: CLOCK_DELAY_SERVER_METRICS },
  advice:
    'Mend airflow, inlet temperature or the cooler of that board; until then a lower power limit (nvidia-smi -pl) keeps its clock even.',
  judgeSlow: (spell, context) => THERMAL_SLOWDOWN.judge(spell, context),
  judge: (episode, context) =>
    suspectThrottling(
      {
        cause: 'thermal_slowdown',
        counters: COUNTERS,
        observe: (gpu) => [temperatureLead(gpu, episode)],
        describe: (gpu) => {
          const celsius = gpu.line('temperature_gpu_celsius')?.levelAt(episode.startNs);
          return `at ${celsius === undefined ? 'unknown temperature' : `${Math.round(celsius)} °C`}, under a thermal slowdown`;
        },
      },
      episode,
      context,
    ),
};

/** Heat comes before the slowdown: the temperature at the stall's start beside the coolest of the run. */
function temperatureLead(gpu: GpuSource, { startNs }: Episode): Observation {
  const line = gpu.line('temperature_gpu_celsius');
  const present = line?.levelAt(startNs);
  const coolest = line?.minOver(line.timesNs[0] ?? NaN, startNs);
  const risen = present === undefined || coolest === undefined ? undefined : present - coolest;
  return {
    name: 'temperature_risen_kelvin',
    value: risen ?? NaN,
    logLikelihoodRatio: risen === undefined ? 0 : risen >= LEAST_RISE_KELVIN ? 1 : -1,
  };
}

const LEAST_RISE_KELVIN = 3;
