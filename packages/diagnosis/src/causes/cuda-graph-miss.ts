import { pacesOf, paceQuantile, type Pace } from '../paces.js';
import type { CauseRule, DiagnosisContext, Suspicion } from './cause-rule.js';
import { msText } from './observations.js';
import { oncePerEngine } from './once-per-engine.js';
import { slowPaceShare, withShare } from './slow-pace.js';

/**
 * Mechanism: a batch larger than any CUDA graph that was captured is launched kernel by kernel, so that a step takes longer from that batch size on.
 * Reads: time a chunk against decoding streams: even below a batch size, even above it, and a step between.
 * Ruled out by: time that grows smoothly with the batch; a step that is slow at some times only; a pace within the deadline above as well.
 */
export const CUDA_GRAPH_MISS: CauseRule = {
  cause: 'cuda_graph_miss',
  order: 'engine_record',
  highestConfidence: 0.85,
  reads: {},
  advice:
    'Capture larger batches: vLLM --compilation-config with cudagraph_capture_sizes, SGLang --cuda-graph-max-bs; or cap --max-num-seqs below them.',
  judge: (episode, context) => withShare(slowPaceShare(episode, context), () => found(context)),
  judgeSlow: (_spell, context) => found(context),
};

/** The powers of two and multiples of 8 that engines capture; the largest is where a batch falls off. */
const CAPTURE_STEP_COUNT = 8;
const FEWEST_PACES_COUNT = 30;
const LEAST_STEP_RATIO = 1.2;
/** Beside the step itself the time hardly changes over a quarter more streams. */
const MOST_SLOPE_RATIO = 1.06;
const NEAR_RATIO = 1.25;

const found = oncePerEngine(suspect);

function suspect({ streams, batch, deadlines }: DiagnosisContext): readonly Suspicion[] {
  const paces = pacesOf(streams, batch);
  const most = paces.reduce((max, { decodingCount }) => Math.max(max, decodingCount), 0);
  for (let batchCount = CAPTURE_STEP_COUNT; batchCount < most; batchCount += CAPTURE_STEP_COUNT) {
    const step = stepAt(paces, batchCount);
    if (
      step === undefined ||
      step.belowNs > deadlines.tbtDeadlineNs ||
      step.aboveNs <= deadlines.tbtDeadlineNs
    )
      continue;
    return [
      {
        cause: 'cuda_graph_miss',
        sourceId: undefined,
        tier: 'B',
        explainedRatio: 1,
        observations: [
          { name: 'step_up_ratio', value: step.aboveNs / step.belowNs, logLikelihoodRatio: 2 },
          { name: 'batch_size', value: batchCount, logLikelihoodRatio: 0 },
        ],
        coverageRatio: 1,
        evidence: `a step takes ${msText(step.aboveNs)} with more than ${batchCount} streams and ${msText(step.belowNs)} with up to ${batchCount}`,
      },
    ];
  }
  return [];
}

/** The times just below and above a batch size, where there is a step between and none beside it. */
function stepAt(
  paces: readonly Pace[],
  batchCount: number,
): { readonly belowNs: number; readonly aboveNs: number } | undefined {
  const within = (from: number, to: number): readonly Pace[] =>
    paces.filter(({ decodingCount }) => decodingCount > from && decodingCount <= to);
  const below = within(batchCount / NEAR_RATIO, batchCount);
  const above = within(batchCount, batchCount * NEAR_RATIO);
  const [lower, upper] = [
    within(batchCount / NEAR_RATIO ** 2, batchCount / NEAR_RATIO),
    within(batchCount * NEAR_RATIO, Infinity),
  ];
  if (Math.min(below.length, above.length, lower.length) < FEWEST_PACES_COUNT) return undefined;
  const [lowerNs, belowNs, aboveNs] = [lower, below, above].map((each) =>
    paceQuantile(each, 0.5, ({ nsPerChunk }) => nsPerChunk),
  );
  if (lowerNs === undefined || belowNs === undefined || aboveNs === undefined) return undefined;
  const upperNs =
    upper.length < FEWEST_PACES_COUNT
      ? aboveNs
      : (paceQuantile(upper, 0.5, ({ nsPerChunk }) => nsPerChunk) ?? aboveNs);
  // A time that is slow at this size only now and then is no step.
  const slowestBelowNs = paceQuantile(below, 0.9, ({ nsPerChunk }) => nsPerChunk) ?? Infinity;
  const fastestAboveNs = paceQuantile(above, 0.1, ({ nsPerChunk }) => nsPerChunk) ?? 0;
  const isStep = aboveNs >= LEAST_STEP_RATIO * belowNs && fastestAboveNs > slowestBelowNs;
  const isEven = belowNs <= MOST_SLOPE_RATIO * lowerNs && upperNs <= MOST_SLOPE_RATIO * aboveNs;
  return isStep && isEven ? { belowNs, aboveNs } : undefined;
}
