import { blockLength, ranksOf } from './block-length.js';
import type { ComparedRun } from './compared-run.js';
import type { FigureGroup } from './figures.js';
import { blockResampler } from './resample.js';

/** How a run was resampled. */
export interface Blocks {
  readonly blockRequests: number;
  readonly blocksCount: number;
}

/** Each metric's figure of the run, and of every resampled one, by the metric's place in its groups in turn. */
export interface Replicates {
  readonly values: readonly number[];
  readonly resampled: readonly Float64Array[];
}

const FEWEST_BLOCKS_FOR_FLIGHT = 12;

/**
 * The blocks of a run: long enough for what the requests remember of each other, and for all that are in flight at once, since one
 * stall hits them together; the latter no longer than leaves 12 blocks.
 */
export function blocksOf(run: ComparedRun): Blocks {
  const count = run.requests.length;
  if (count === 0) return { blockRequests: 0, blocksCount: 0 };
  const of = (value: (request: ComparedRun['requests'][number]) => number | undefined): number =>
    blockLength(ranksOf(Float64Array.from(run.requests, (request) => value(request) ?? NaN)));
  const remembered = Math.max(
    of(({ score }) => score?.ttftNs),
    of(({ score }) => score?.tpotMeanNs),
    of(({ score }) => score?.missedDeadlinesCount),
  );
  const inFlight = Math.min(Math.ceil(run.meanInFlightCount), Math.floor(count / FEWEST_BLOCKS_FOR_FLIGHT));
  const blockRequests = Math.max(1, remembered, inFlight);
  return { blockRequests, blocksCount: count / blockRequests };
}

export interface ReplicateOptions {
  readonly blockRequests: number;
  readonly seed: number;
  readonly resamplesCount: number;
}

/** The figures of a run as it is and resampled; all figures of one replicate are of the same resampled run. */
export function replicatesOf(
  run: ComparedRun,
  groups: readonly FigureGroup[],
  options: ReplicateOptions,
): Replicates {
  const { blockRequests, seed, resamplesCount } = options;
  const count = run.requests.length;
  const timesDrawn = new Int32Array(count).fill(1);
  const values = groups.flatMap(({ figures }) => figures(timesDrawn));
  const resampled = values.map(() => new Float64Array(resamplesCount).fill(NaN));
  if (count === 0) return { values, resampled };
  const draw = blockResampler(count, blockRequests, seed);
  for (let replicate = 0; replicate < resamplesCount; replicate += 1) {
    draw(timesDrawn);
    groups
      .flatMap(({ figures }) => figures(timesDrawn))
      .forEach((value, index) => {
        const column = resampled[index];
        if (column !== undefined) column[replicate] = value;
      });
  }
  return { values, resampled };
}
