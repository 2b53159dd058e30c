import type { CauseRule, Observation } from './cause-rule.js';
import { pauseExposures, VERY_EVEN_STEPS_RATIO, type Recurrence } from './engine-pauses.js';
import { GPU_WORK_METRICS } from './gpu-work.js';
import { HOST_LOAD_METRICS } from './host-load.js';
import { loggedStops } from './logged-stops.js';
import { judgePauses } from './pause-suspicion.js';

/**
 * Mechanism: a batch of a shape that is new is compiled for (a kernel, a graph) before it can run; everything waits, once a shape.
 * Reads: compilations in the engine's log, which alone are enough; else silences of all streams and the batch at their end, whether GPUs idled, CPU time by process; how the pauses of the whole run recur.
 * Ruled out by: GPUs that worked on; pauses at a batch size at which there had been one before.
 */
export const JIT_COMPILE: CauseRule = {
  cause: 'jit_compile',
  order: 'host',
  highestConfidence: 0.97,
  reads: { host: HOST_LOAD_METRICS },
  shownByLog: true,
  helpedBy: { gpu: GPU_WORK_METRICS },
  advice:
    'Warm up every batch size before load: vLLM --compilation-config with cudagraph_capture_sizes, SGLang --cuda-graph-bs; keep the compile cache between starts.',
  exposure: pauseExposures,
  judge: (episode, context) => {
    const logged = loggedStops(episode, context, COMPILATIONS);
    return logged.length > 0 ? logged : judgeByPauses(episode, context);
  },
};

const COMPILATIONS = {
  cause: 'jit_compile',
  names: {
    engine_jit_compile: 'a compilation',
    engine_compile: 'a compilation',
    engine_graph_capture: 'a graph capture',
  },
  plural: 'compilations',
} as const;

const judgeByPauses = judgePauses({
  cause: 'jit_compile',
  observe: newnessObservations,
  describe: ({ count, sameShapeCount }) =>
    `${count} such pauses in the run, ${sameShapeCount === 0 ? 'each' : 'nearly each'} at another batch size`,
});

/** One pause alone may have been anything; a shape is compiled for once, and does not come every so many steps. */
function newnessObservations({
  count,
  sameShapeCount,
  newShapeCount,
  stepsSpreadRatio,
}: Recurrence): readonly Observation[] {
  return [
    { name: 'pauses_count', value: count, logLikelihoodRatio: count === 1 ? -6 : 0 },
    {
      name: 'pauses_at_new_shape_count',
      value: newShapeCount,
      logLikelihoodRatio: Math.min(2.5, newShapeCount) - Math.min(14, 7 * sameShapeCount),
    },
    {
      name: 'steps_between_spread_ratio',
      value: stepsSpreadRatio ?? NaN,
      logLikelihoodRatio: (stepsSpreadRatio ?? Infinity) <= VERY_EVEN_STEPS_RATIO ? -6 : 0,
    },
  ];
}
