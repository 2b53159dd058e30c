import type { Episode } from '../episodes.js';
import { exposureOfGauge } from '../exposure.js';
import { SampleLine } from '../telemetry/sample-line.js';
import type { GpuSource } from '../telemetry/telemetry.js';
import type { CauseRule, Suspicion } from './cause-rule.js';
import { windowOf } from './episode-window.js';
import { budgetObservation, explainedBy, pctText } from './throttling.js';

/**
 * Mechanism: another process works on the same GPU, and ours gets only the rest of its SMs.
 * Reads: SM activity by process.
 * Ruled out by: a single process; another whose activity takes nothing from ours.
 */
export const NOISY_NEIGHBOR: CauseRule = {
  cause: 'noisy_neighbor',
  order: 'gpu_mechanism',
  highestConfidence: 0.85,
  reads: { gpu: ['process_sm_pct'] },
  advice:
    'Give the engine the GPU to itself: nvidia-smi -c EXCLUSIVE_PROCESS, a MIG instance of its own, or move the other process.',
  exposure: ({ telemetry: { gpus }, bins }) =>
    gpus.flatMap((gpu) =>
      processesOf(gpu).others.map(({ share }) => ({
        sourceId: gpu.sourceId,
        activeRatios: exposureOfGauge(share, bins, { from: 0, to: 1 }),
      })),
    ),
  judgeSlow: (spell, context) => NOISY_NEIGHBOR.judge(spell, context),
  judge: (episode, { telemetry }) => telemetry.gpus.flatMap((gpu) => suspect(episode, gpu)),
};

const PERIOD_NS = 1_000_000_000;
const LEAST_SHARE_RATIO = 0.1;

function suspect(episode: Episode, gpu: GpuSource): Suspicion[] {
  const taken = takenBy(gpu, episode);
  if (taken === undefined || taken.shareRatio < LEAST_SHARE_RATIO) return [];
  const { fromNs, toNs, excessNs, expectedNs } = windowOf(episode);
  const budgetRatio = (taken.shareRatio * (excessNs + expectedNs)) / excessNs;
  return [
    {
      cause: 'noisy_neighbor',
      sourceId: gpu.sourceId,
      tier: 'A',
      explainedRatio: explainedBy(budgetRatio),
      observations: [
        { name: 'foreign_sm_share_ratio', value: taken.shareRatio, logLikelihoodRatio: 2 },
        {
          name: 'own_sm_fallen_ratio',
          value: taken.ownFallenRatio,
          logLikelihoodRatio: taken.ownFallenRatio >= LEAST_SHARE_RATIO ? 1 : -3,
        },
        budgetObservation(budgetRatio),
      ],
      coverageRatio: taken.own.coverageRatio(fromNs, toNs),
      evidence: `process ${taken.pid} took ${pctText(taken.shareRatio)} of its SMs' time, the engine's share fell by ${pctText(taken.ownFallenRatio)}`,
    },
  ];
}

interface Taken {
  readonly pid: number;
  readonly shareRatio: number;
  readonly ownFallenRatio: number;
  readonly own: SampleLine;
}

/** What the busiest other process took in the sample that shows most of it. */
function takenBy(gpu: GpuSource, episode: Episode): Taken | undefined {
  const { own, others } = processesOf(gpu);
  const usual = own?.usualHigh;
  if (own === undefined || usual === undefined || usual <= 0) return undefined;
  const { fromNs, toNs } = windowOf(episode);
  let most: Taken | undefined;
  for (const { pid, share } of others) {
    for (let index = Math.max(0, share.indexAt(fromNs) + 1); index < share.timesNs.length; index += 1) {
      const atNs = share.timesNs[index] ?? NaN;
      // A sample is the mean of the second before it.
      if (atNs - PERIOD_NS > toNs) break;
      const shareRatio = share.values[index] ?? NaN;
      if (shareRatio > (most?.shareRatio ?? 0))
        most = { pid, shareRatio, ownFallenRatio: Math.max(0, 1 - (own.levelAt(atNs) ?? NaN) / usual), own };
    }
  }
  return most;
}

interface Processes {
  readonly own: SampleLine | undefined;
  /** Share of the SMs' time that each other took of the engine's, 0 to 1. */
  readonly others: readonly { readonly pid: number; readonly share: SampleLine }[];
}

const PROCESSES = new WeakMap<GpuSource, Processes>();

/**
 * The engine's own is the process with most SM time in the run. A driver may go on showing the last value of a process that has gone, so that no more counts as taken than the
 * engine's own activity leaves.
 */
function processesOf(gpu: GpuSource): Processes {
  const known = PROCESSES.get(gpu);
  if (known !== undefined) return known;
  const [first, ...rest] = [...gpu.linesOf('process_sm_pct')].sort(([, a], [, b]) => sumOf(b) - sumOf(a));
  const own = first?.[1];
  const others = rest.map(([pid, { timesNs, values, boundsNs, reachNs }]) => {
    const shares = values.map((pct, index) => {
      const ownPct = own?.levelAt(timesNs[index] ?? NaN) ?? NaN;
      return Math.min(pct, Math.max(0, 100 - ownPct)) / 100;
    });
    return { pid, share: new SampleLine(timesNs, shares, boundsNs, reachNs) };
  });
  const processes = { own, others };
  PROCESSES.set(gpu, processes);
  return processes;
}

function sumOf({ values }: SampleLine): number {
  return values.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : value), 0);
}
