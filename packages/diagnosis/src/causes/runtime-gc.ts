import type { Episode } from '../episodes.js';
import type { CauseRule, Observation } from './cause-rule.js';
import { EVEN_STEPS_RATIO, pauseExposures, VERY_EVEN_STEPS_RATIO, type Recurrence } from './engine-pauses.js';
import { GPU_WORK_METRICS } from './gpu-work.js';
import { HOST_LOAD_METRICS } from './host-load.js';
import { loggedStops } from './logged-stops.js';
import { judgePauses } from './pause-suspicion.js';
import { windowOf } from './episode-window.js';

/**
 * Mechanism: the runtime of the engine's process stops it to collect garbage; nothing is launched, and the GPUs run dry.
 * Reads: collections in the engine's log, which alone are enough; else silences of all streams, whether GPUs idled in them, CPU time by process, CPU time stolen; how the pauses of the whole run recur.
 * Ruled out by: GPUs that worked on; tokens that catch up; a pause that never recurs, or only at batch sizes that are new; stolen CPU time.
 */
export const RUNTIME_GC: CauseRule = {
  cause: 'runtime_gc',
  order: 'host',
  highestConfidence: 0.95,
  reads: { host: HOST_LOAD_METRICS },
  shownByLog: true,
  helpedBy: { gpu: GPU_WORK_METRICS },
  advice:
    'Freeze what lives for ever after start (gc.freeze()), raise the thresholds (gc.set_threshold), or upgrade the engine; its GC log (vLLM VLLM_GC_DEBUG=1, read by --engine-log) makes this sure.',
  exposure: pauseExposures,
  judge: (episode, context) => {
    const logged = loggedStops(episode, context, COLLECTIONS);
    if (logged.length > 0) return logged;
    return judgeByPauses(episode, context).map((each) => ({
      ...each,
      highestConfidence: UNLOGGED_CONFIDENCE,
    }));
  },
};

const COLLECTIONS = {
  cause: 'runtime_gc',
  names: { engine_gc: 'a garbage collection' },
  plural: 'garbage collections',
} as const;

/** Whatever else stops a process again and again looks the same from outside. */
const UNLOGGED_CONFIDENCE = 0.75;

const judgeByPauses = judgePauses({
  cause: 'runtime_gc',
  observe: (recurrence, episode) => [...recurrenceObservations(recurrence), lengthObservation(episode)],
  describe: ({ count }) => `${count} such pauses in the run`,
});

/** A collection takes 0.1 to 2 s. */
const LONGEST_NS = 3_000_000_000;

function lengthObservation(episode: Episode): Observation {
  const { excessNs } = windowOf(episode);
  return { name: 'excess_s', value: excessNs / 1e9, logLikelihoodRatio: excessNs > LONGEST_NS ? -2 : 0 };
}

/** One pause alone may have been anything; each that comes at a batch size that was new speaks for a compiler instead. */
function recurrenceObservations({
  count,
  sameShapeCount,
  newShapeCount,
  stepsSpreadRatio,
}: Recurrence): readonly Observation[] {
  return [
    { name: 'pauses_count', value: count, logLikelihoodRatio: count === 1 ? -6 : 0 },
    {
      name: 'pauses_at_known_shape_count',
      value: sameShapeCount,
      logLikelihoodRatio: Math.min(2.5, sameShapeCount) - Math.min(10, 2.5 * newShapeCount),
    },
    {
      name: 'steps_between_spread_ratio',
      value: stepsSpreadRatio ?? NaN,
      logLikelihoodRatio: evenness(stepsSpreadRatio ?? Infinity),
    },
  ];
}

function evenness(spreadRatio: number): number {
  return spreadRatio <= VERY_EVEN_STEPS_RATIO ? 5 : spreadRatio <= EVEN_STEPS_RATIO ? 1.5 : 0;
}
