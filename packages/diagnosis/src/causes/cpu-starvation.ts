import type { Episode } from '../episodes.js';
import type { MetricSource } from '../telemetry/telemetry.js';
import type { CauseRule, DiagnosisContext, Observation, Suspicion } from './cause-rule.js';
import { windowOf } from './episode-window.js';
import { GPU_WORK_METRICS } from './gpu-work.js';
import { cpuPressure, HOST_LOAD_METRICS, rateOf } from './host-load.js';
import {
  betweenSteps,
  engineStoodStill,
  explainedByIdle,
  idleObservation,
  idleText,
  isStolenFrom,
} from './host-shortage.js';
import { exposuresOfCounter } from './span-exposure.js';
import { pctText } from './throttling.js';

const CGROUP_METRICS = ['cgroup_cpu_throttled_ns'] as const;

/**
 * Mechanism: the engine's process waits for a CPU before it can launch each step, and GPUs idle between steps.
 * Reads: CPU pressure, runnable tasks, time under a control group's limit, whether GPUs idled between steps.
 * Ruled out by: pressure near 0; GPUs that never idled; CPU time that the hypervisor stole, which is then the cause.
 */
export const CPU_STARVATION: CauseRule = {
  cause: 'cpu_starvation',
  order: 'host',
  highestConfidence: 0.85,
  reads: { host: [...HOST_LOAD_METRICS, ...CGROUP_METRICS] },
  helpedBy: { gpu: GPU_WORK_METRICS },
  advice:
    'Give the engine cores of its own (taskset, cpuset, a higher CPU limit), move what competes away, and schedule ahead of the GPU: vLLM --async-scheduling.',
  exposure: ({ telemetry: { hosts }, bins }) =>
    exposuresOfCounter(hosts, 'pressure_cpu_some_us', { bins, nsPerUnit: 1_000 }),
  judgeSlow: (spell, context) => CPU_STARVATION.judge(spell, context),
  judge: (episode, context) => context.telemetry.hosts.flatMap((host) => suspect(episode, context, host)),
};

const LEAST_PRESSURE_RATIO = 0.1;
const LEAST_THROTTLED_RATIO = 0.05;

function suspect(episode: Episode, context: DiagnosisContext, host: MetricSource): Suspicion[] {
  const window = windowOf(episode);
  const pressure = cpuPressure(host, window);
  const pressureRatio = pressure?.ratio ?? 0;
  const throttledRatio = cgroupThrottled(host, window);
  if (pressureRatio < LEAST_PRESSURE_RATIO && throttledRatio < LEAST_THROTTLED_RATIO) return [];
  if (isStolenFrom(host, window)) return [];
  const { idleRatio, restRatio } = betweenSteps(episode, context, host.sourceId);
  return [
    {
      cause: 'cpu_starvation',
      sourceId: host.sourceId,
      tier: 'B',
      explainedRatio: Math.min(restRatio, explainedByIdle(idleRatio)),
      observations: [
        ...engineStoodStill(episode),
        {
          name: 'cpu_pressure_ratio',
          value: pressureRatio,
          logLikelihoodRatio: pressureRatio >= 2 * LEAST_PRESSURE_RATIO ? 2 : 1,
        },
        {
          name: 'cgroup_throttled_ratio',
          value: throttledRatio,
          logLikelihoodRatio: throttledRatio > 0 ? 1 : 0,
        },
        runnableObservation(host, episode),
        idleObservation(idleRatio),
      ],
      coverageRatio: pressure?.coverageRatio ?? 1,
      evidence: `some task waited for a CPU ${pctText(pressureRatio)} of the time${
        throttledRatio > 0 ? `, a control group's limit held it back ${pctText(throttledRatio)}` : ''
      }${idleText(idleRatio)}`,
    },
  ];
}

function cgroupThrottled(
  host: MetricSource,
  span: { readonly fromNs: number; readonly toNs: number },
): number {
  const throttled = [...host.linesOf('cgroup_cpu_throttled_ns').keys()].map(
    (subId) => rateOf(host, 'cgroup_cpu_throttled_ns', { ...span, subId })?.ratio ?? 0,
  );
  return Math.max(0, ...throttled);
}

/** A run queue much longer than the run's usual. */
function runnableObservation(host: MetricSource, { startNs, endNs }: Episode): Observation {
  const line = host.line('runnable_tasks_count');
  const present = line?.meanOver(startNs, endNs);
  const [firstNs, lastNs] = [line?.timesNs[0] ?? NaN, line?.timesNs.at(-1) ?? NaN];
  const usual = line?.meanOver(firstNs, lastNs);
  const ratio = present === undefined || usual === undefined || usual <= 0 ? NaN : present / usual;
  return { name: 'runnable_tasks_over_usual', value: ratio, logLikelihoodRatio: ratio >= 1.5 ? 0.5 : 0 };
}
