import type { Episode } from '../episodes.js';
import type { MetricSource } from '../telemetry/telemetry.js';
import type { CauseRule, DiagnosisContext, Observation, Suspicion } from './cause-rule.js';
import { windowOf } from './episode-window.js';
import { GPU_WORK_METRICS } from './gpu-work.js';
import { HOST_LOAD_METRICS, stealShare } from './host-load.js';
import {
  engineStoodStill,
  explainedByIdle,
  idleObservation,
  idleOverExcess,
  idleText,
} from './host-shortage.js';
import { exposuresOfCounter } from './span-exposure.js';
import { pctText } from './throttling.js';

/**
 * Mechanism: the hypervisor gives the host's CPUs to other guests, and everything on the host stands still meanwhile, the agent itself too.
 * Reads: stolen CPU time, how late the agent's own sampler woke, whether GPUs idled.
 * Ruled out by: no steal; GPUs that never idled.
 */
export const VM_STEAL: CauseRule = {
  cause: 'vm_steal',
  order: 'host',
  highestConfidence: 0.9,
  reads: { host: HOST_LOAD_METRICS },
  helpedBy: { gpu: GPU_WORK_METRICS },
  advice: 'Use a dedicated host, or a guest whose virtual CPUs are pinned to cores of its own.',
  exposure: ({ telemetry: { hosts }, bins }) =>
    exposuresOfCounter(hosts, 'cpu_steal_ns', { bins, nsPerUnit: 1 }),
  judgeSlow: (spell, context) => VM_STEAL.judge(spell, context),
  judge: (episode, context) => context.telemetry.hosts.flatMap((host) => suspect(episode, context, host)),
};

const LEAST_STEAL_RATIO = 0.02;
const CLEAR_STEAL_RATIO = 0.1;
const LATE_RATIO = 3;

function suspect(episode: Episode, context: DiagnosisContext, host: MetricSource): Suspicion[] {
  const window = windowOf(episode);
  const stolenRatio = stealShare(host, window);
  if (stolenRatio === undefined || stolenRatio < LEAST_STEAL_RATIO) return [];
  const idleRatio = idleOverExcess(episode, context, host.sourceId);
  return [
    {
      cause: 'vm_steal',
      sourceId: host.sourceId,
      tier: 'A',
      explainedRatio: explainedByIdle(idleRatio),
      observations: [
        ...engineStoodStill(episode),
        {
          name: 'cpu_steal_ratio',
          value: stolenRatio,
          logLikelihoodRatio: stolenRatio >= CLEAR_STEAL_RATIO ? 2.5 : 1.5,
        },
        latenessObservation(host, episode),
        idleObservation(idleRatio),
      ],
      coverageRatio: host.line('cpu_steal_ns')?.coverageRatio(window.fromNs, window.toNs) ?? 0,
      evidence: `the hypervisor took ${pctText(stolenRatio)} of the CPU time that was wanted${idleText(idleRatio)}`,
    },
  ];
}

/** A sampler that wakes late sits on a host that stands still. */
function latenessObservation(host: MetricSource, { startNs, endNs }: Episode): Observation {
  const line = host.line('host_sampler_lateness_ns');
  const present = line?.meanOver(startNs, endNs);
  const sorted = line?.values.filter((value) => !Number.isNaN(value)).sort();
  const usual = sorted?.[sorted.length >> 2];
  const ratio = present === undefined || usual === undefined || usual <= 0 ? NaN : present / usual;
  return {
    name: 'sampler_lateness_over_usual',
    value: ratio,
    logLikelihoodRatio: ratio >= LATE_RATIO ? 1 : 0,
  };
}
