import { readStreams, readTelemetry } from '@fluidscope/diagnosis';
import type { TraceReader } from '@fluidscope/trace-schema';
import type { Label, Shares } from './labels.js';
import type { ScoredMiss } from './run-truth.js';
import { SIGNAL_METRICS, SIGNALS, summarizeChunks, type Seen, type Signal } from './signals.js';

/** Two ways to tell causes without a diagnosis, by the same signals: what each lays a miss to. */
export interface Baselines {
  /** The cause whose signal goes most with the rate of misses, for the whole run; nothing where none does. */
  readonly byCorrelation: (miss: ScoredMiss) => Shares;
  /** The first signal of the list that is above its threshold when the miss happens. */
  readonly byThreshold: (miss: ScoredMiss) => Shares;
}

const BIN_NS = 500_000_000;
/** A correlation below says that the signal tells little of when misses happen. */
const LEAST_CORRELATION = 0.3;

export async function readBaselines(
  reader: TraceReader,
  { misses, tbtDeadlineNs }: { readonly misses: readonly ScoredMiss[]; readonly tbtDeadlineNs: number },
): Promise<Baselines> {
  const telemetry = await readTelemetry(reader, SIGNAL_METRICS);
  const streams = await readStreams(reader);
  const endNs = Math.max(0, ...streams.map(({ timings }) => timings.arrivalsNs.at(-1) ?? 0));
  const bins = Array.from({ length: Math.ceil(endNs / BIN_NS) }, (_, bin): Seen => {
    const [fromNs, toNs] = [bin * BIN_NS, (bin + 1) * BIN_NS];
    return { telemetry, chunks: summarizeChunks(streams, fromNs, toNs), tbtDeadlineNs, fromNs, toNs };
  });
  const levels = new Map(SIGNALS.map((signal) => [signal, bins.map((bin) => signal.read(bin))]));
  const missesPerBin = bins.map(() => 0);
  for (const { arrivalNs, missedCount } of misses) {
    const bin = binOf(arrivalNs);
    missesPerBin[bin] = (missesPerBin[bin] ?? 0) + missedCount;
  }
  const correlated = wholly(mostCorrelated(levels, missesPerBin)?.cause);
  return {
    byCorrelation: () => correlated,
    byThreshold: ({ arrivalNs }) =>
      wholly(
        SIGNALS.find((signal) => (levels.get(signal)?.[binOf(arrivalNs)] ?? -Infinity) >= signal.threshold)
          ?.cause,
      ),
  };
}

function binOf(timeNs: number): number {
  return Math.floor(timeNs / BIN_NS);
}

function wholly(label: Label = 'unknown'): Shares {
  return new Map([[label, 1]]);
}

function mostCorrelated(
  levels: ReadonlyMap<Signal, readonly (number | undefined)[]>,
  missesPerBin: readonly number[],
): Signal | undefined {
  let best: Signal | undefined;
  let highest = LEAST_CORRELATION;
  for (const [signal, values] of levels) {
    const correlation = correlationOf(values, missesPerBin);
    if (correlation <= highest) continue;
    highest = correlation;
    best = signal;
  }
  return best;
}

/** Pearson's, over the bins in which the signal is known; 0 where either does not change. */
function correlationOf(values: readonly (number | undefined)[], others: readonly number[]): number {
  const pairs = values.flatMap((value, bin) =>
    value === undefined ? [] : [{ a: value, b: others[bin] ?? 0 }],
  );
  const meanA = pairs.reduce((sum, { a }) => sum + a, 0) / pairs.length;
  const meanB = pairs.reduce((sum, { b }) => sum + b, 0) / pairs.length;
  let [ab, aa, bb] = [0, 0, 0];
  for (const { a, b } of pairs) {
    ab += (a - meanA) * (b - meanB);
    aa += (a - meanA) ** 2;
    bb += (b - meanB) ** 2;
  }
  return aa === 0 || bb === 0 || pairs.length < 3 ? 0 : ab / Math.sqrt(aa * bb);
}
