import type { Episode } from '../episodes.js';
import type { MetricSource } from '../telemetry/telemetry.js';
import type { CauseRule, DiagnosisContext, Observation, Suspicion } from './cause-rule.js';
import { windowOf, type EpisodeWindow } from './episode-window.js';
import { GPU_WORK_METRICS } from './gpu-work.js';
import { rateOf } from './host-load.js';
import { betweenSteps, explainedByIdle, idleObservation } from './host-shortage.js';
import { exposuresOfCounter } from './span-exposure.js';
import { pctText } from './throttling.js';

const METRICS = [
  'pressure_memory_some_us',
  'major_faults_count',
  'process_major_faults_count',
  'numa_hits_count',
  'numa_other_node_count',
] as const;

/**
 * Mechanism: the engine's process waits for memory that is paged in, or that lies at the other node.
 * Reads: memory pressure, major faults of its processes, pages taken from other nodes, whether GPUs idled.
 * Ruled out by: no pressure and no more faults than usual; GPUs that never idled.
 */
export const NUMA_PAGING: CauseRule = {
  cause: 'numa_paging',
  order: 'host',
  highestConfidence: 0.7,
  reads: { host: METRICS },
  helpedBy: { gpu: GPU_WORK_METRICS },
  advice:
    'Keep its memory in place and near: numactl --cpunodebind --membind on the GPU’s node, no swap, memlock unlimited, less memory promised to others.',
  exposure: ({ telemetry: { hosts }, bins }) =>
    exposuresOfCounter(hosts, 'pressure_memory_some_us', { bins, nsPerUnit: NS_PER_US }),
  judge: (episode, context) => context.telemetry.hosts.flatMap((host) => suspect(episode, context, host)),
};

const NS_PER_US = 1_000;
const LEAST_PRESSURE_RATIO = 0.05;
const LEAST_FAULTS_PER_S = 50;
const LEAST_REMOTE_RATIO = 0.2;
/** What goes on all the time is not what an episode is about. */
const LEAST_LIFT = 2;

function suspect(episode: Episode, context: DiagnosisContext, host: MetricSource): Suspicion[] {
  const window = windowOf(episode);
  const seen = [
    pressureObservation(host, window),
    faultsObservation(host, window),
    remoteObservation(host, window),
  ];
  if (seen.every(({ logLikelihoodRatio }) => logLikelihoodRatio <= 0)) return [];
  const { idleRatio, restRatio } = betweenSteps(episode, context, host.sourceId);
  return [
    {
      cause: 'numa_paging',
      sourceId: host.sourceId,
      tier: idleRatio === undefined ? 'C' : 'B',
      explainedRatio: Math.min(restRatio, explainedByIdle(idleRatio)),
      observations: [...seen, idleObservation(idleRatio)],
      coverageRatio: host.line('major_faults_count')?.coverageRatio(window.fromNs, window.toNs) ?? 1,
      evidence: seen.flatMap(({ name, value }) => textOf(name, value)).join(', '),
    },
  ];
}

function textOf(name: string, value: number): string[] {
  if (Number.isNaN(value)) return [];
  if (name === 'memory_pressure_ratio') return [`some task waited for memory ${pctText(value)} of the time`];
  if (name === 'major_faults_per_s') return [`${Math.round(value)} pages read in a second`];
  return [`${pctText(value)} of pages from the other node`];
}

function pressureObservation(host: MetricSource, window: EpisodeWindow): Observation {
  const rate = rateOf(host, 'pressure_memory_some_us', window);
  const ratio = (rate?.ratio ?? NaN) * NS_PER_US;
  const isRaised = ratio >= LEAST_PRESSURE_RATIO && ratio >= LEAST_LIFT * (rate?.usualRatio ?? 0) * NS_PER_US;
  return { name: 'memory_pressure_ratio', value: ratio, logLikelihoodRatio: isRaised ? 2 : 0 };
}

function faultsObservation(host: MetricSource, window: EpisodeWindow): Observation {
  const rate = rateOf(host, 'major_faults_count', window);
  const perS = (rate?.ratio ?? NaN) * 1e9;
  const isRaised = perS >= LEAST_FAULTS_PER_S && perS >= LEAST_LIFT * (rate?.usualRatio ?? 0) * 1e9;
  return { name: 'major_faults_per_s', value: perS, logLikelihoodRatio: isRaised ? 1.5 : 0 };
}

function remoteObservation(host: MetricSource, window: EpisodeWindow): Observation {
  let [remote, all, usualRemote, usualAll] = [0, 0, 0, 0];
  for (const subId of host.linesOf('numa_other_node_count').keys()) {
    const other = rateOf(host, 'numa_other_node_count', { ...window, subId });
    const hits = rateOf(host, 'numa_hits_count', { ...window, subId });
    if (other === undefined || hits === undefined) continue;
    remote += other.ratio;
    all += other.ratio + hits.ratio;
    usualRemote += other.usualRatio;
    usualAll += other.usualRatio + hits.usualRatio;
  }
  const value = all > 0 ? remote / all : NaN;
  const usual = usualAll > 0 ? usualRemote / usualAll : 0;
  const isRaised = value >= LEAST_REMOTE_RATIO && value >= LEAST_LIFT * usual;
  return { name: 'remote_pages_ratio', value, logLikelihoodRatio: isRaised ? 1 : 0 };
}
