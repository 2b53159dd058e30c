import type { Episode } from '../episodes.js';
import type { SampleLine } from '../telemetry/sample-line.js';
import type { GpuSource } from '../telemetry/telemetry.js';
import type { CauseRule, Observation, Suspicion } from './cause-rule.js';
import { windowOf, type EpisodeWindow } from './episode-window.js';
import { pctText } from './throttling.js';

const LINK_ERRORS = [
  'nvlink_replay_errors_count',
  'nvlink_recovery_errors_count',
  'nvlink_crc_errors_count',
] as const;

/**
 * Mechanism: a link between GPUs, or to the host, repeats what it sends, or trained to less than it can; every exchange of the ranks waits for it.
 * Reads: replays, recoveries and errors of every link, the PCIe link's width and replays.
 * Ruled out by: counters that stand still at full width; errors that come as often outside of stalls as within.
 */
export const LINK_DEGRADATION: CauseRule = {
  cause: 'link_degradation',
  order: 'gpu_mechanism',
  highestConfidence: 0.9,
  reads: { gpu: [...LINK_ERRORS, 'pcie_replay_count', 'pcie_link_width_count'] },
  advice:
    'Reseat the board and its bridges or cables, and look at nvidia-smi nvlink -e and the slot; replace what goes on counting errors.',
  judge: (episode, { telemetry }) => telemetry.gpus.flatMap((gpu) => suspect(episode, gpu)),
};

/** Links are read once a second, PCIe replays every ten. */
const LONGEST_SPAN_NS = 25_000_000_000;
const LEAST_ERRORS_COUNT = 5;
const LEAST_LIFT = 2;

function suspect(episode: Episode, gpu: GpuSource): Suspicion[] {
  const window = windowOf(episode);
  const links = LINK_ERRORS.flatMap((metric) => [...gpu.linesOf(metric).values()]);
  const errors = errorsOf(links, window);
  const replays = errorsOf([...gpu.linesOf('pcie_replay_count').values()], window);
  const narrowedRatio = narrowed(gpu.line('pcie_link_width_count'), window);
  const observations = [
    errorObservation('nvlink_errors_lift', errors),
    errorObservation('pcie_replays_lift', replays),
    {
      name: 'pcie_width_lost_ratio',
      value: narrowedRatio ?? NaN,
      logLikelihoodRatio: narrowedRatio !== undefined && narrowedRatio > 0 ? 2.5 : 0,
    },
  ];
  if (observations.every(({ logLikelihoodRatio }) => logLikelihoodRatio <= 0)) return [];
  return [
    {
      cause: 'link_degradation',
      sourceId: gpu.sourceId,
      tier: 'B',
      explainedRatio: 1,
      observations,
      coverageRatio: 1,
      evidence: [
        ...errorText('NVLink errors', errors),
        ...errorText('PCIe replays', replays),
        ...(narrowedRatio === undefined || narrowedRatio <= 0
          ? []
          : [`its PCIe link lost ${pctText(narrowedRatio)} of its width`]),
      ].join(', '),
    },
  ];
}

interface Errors {
  readonly count: number;
  /** Rate around the episode over that of the rest of the run. */
  readonly lift: number;
}

function errorText(what: string, { count, lift }: Errors): string[] {
  return isRaised({ count, lift }) ? [`${count} ${what}, ${lift > 99 ? 'none' : 'few'} at other times`] : [];
}

function isRaised({ count, lift }: Errors): boolean {
  return count >= LEAST_ERRORS_COUNT && lift >= LEAST_LIFT;
}

function errorObservation(name: string, errors: Errors): Observation {
  return { name, value: errors.lift, logLikelihoodRatio: isRaised(errors) ? 2.5 : 0 };
}

function errorsOf(lines: readonly SampleLine[], { fromNs, toNs }: EpisodeWindow): Errors {
  let [count, total, spanNs, runNs] = [0, 0, 0, 0];
  for (const line of lines) {
    const grown = line.growthOver(fromNs, toNs);
    const [firstNs, lastNs] = [line.timesNs[0] ?? NaN, line.timesNs.at(-1) ?? NaN];
    const whole = line.growthOver(firstNs, lastNs);
    if (grown === undefined || whole === undefined) continue;
    if (grown.toNs - grown.fromNs > LONGEST_SPAN_NS + toNs - fromNs) continue;
    count += grown.growth;
    total += whole.growth;
    spanNs = Math.max(spanNs, grown.toNs - grown.fromNs);
    runNs = Math.max(runNs, lastNs - firstNs);
  }
  const elsewhere = (total - count) / Math.max(1, runNs - spanNs);
  return {
    count,
    lift: count === 0 ? 0 : count / Math.max(1, spanNs) / Math.max(elsewhere, Number.MIN_VALUE),
  };
}

/** Share of its usual width that a link had lost. */
function narrowed(line: SampleLine | undefined, { fromNs, toNs }: EpisodeWindow): number | undefined {
  const present = line?.minOver(fromNs, toNs);
  const usual = line?.usualHigh;
  return present === undefined || usual === undefined || usual <= 0
    ? undefined
    : Math.max(0, 1 - present / usual);
}
