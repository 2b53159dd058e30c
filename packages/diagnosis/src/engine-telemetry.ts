import type { EngineStreams } from './engines.js';
import type { GpuSource, Telemetry } from './telemetry/telemetry.js';
import { binAt, type TimeBins } from './time-bins.js';

/** What a GPU draws follows the tokens of its own engine, and hardly those of another. */
const ACTIVITY_METRIC = 'power_instant_mw';
const LEAST_MARGIN_RATIO = 0.1;

/**
 * The telemetry of each of several engines: without the GPUs that follow another engine's tokens, and the hosts all of whose GPUs do. A GPU that follows
 * none more than the others stays with all: what cannot be told apart is not left out.
 */
export function telemetryByEngine(
  telemetry: Telemetry,
  engines: readonly EngineStreams[],
  bins: TimeBins,
): readonly Telemetry[] {
  const tokens = engines.map((streams) => tokensByBin(streams, bins));
  const engineOf = new Map<string, number>();
  for (const gpu of telemetry.gpus) {
    const line = gpu.line(ACTIVITY_METRIC);
    if (line === undefined) continue;
    const drawn = Float64Array.from({ length: bins.count }, (_, bin) => {
      const fromNs = bins.fromNs + bin * bins.binNs;
      return line.meanOver(fromNs, fromNs + bins.binNs) ?? NaN;
    });
    const engine = leading(tokens.map((ofEngine) => correlation(ofEngine, drawn)));
    if (engine !== undefined) engineOf.set(gpu.sourceId, engine);
  }
  return engines.map((_, engine) => {
    const isOwn = ({ sourceId }: GpuSource): boolean => (engineOf.get(sourceId) ?? engine) === engine;
    const gpus = telemetry.gpus.filter(isOwn);
    const agents = new Set(telemetry.gpus.map(({ agentId }) => agentId));
    const own = new Set(gpus.map(({ agentId }) => agentId));
    const hosts = telemetry.hosts.filter(({ sourceId }) => own.has(sourceId) || !agents.has(sourceId));
    return { ...telemetry, gpus, hosts };
  });
}

function tokensByBin(streams: EngineStreams, bins: TimeBins): Float64Array {
  const tokens = new Float64Array(bins.count);
  for (const { timings } of streams)
    timings.arrivalsNs.forEach((arrivalNs, index) => {
      const bin = binAt(bins, arrivalNs);
      tokens[bin] = (tokens[bin] ?? 0) + (timings.tokenCounts[index] ?? 0);
    });
  return tokens;
}

/** Position of the largest, where it is ahead of all others by a margin. */
function leading(ratios: readonly number[]): number | undefined {
  const [first, second] = ratios.toSorted((a, b) => b - a);
  return first === undefined || second === undefined || !(first - second >= LEAST_MARGIN_RATIO)
    ? undefined
    : ratios.indexOf(first);
}

/** Pearson's, over the bins in which both are known. */
function correlation(a: Float64Array, b: Float64Array): number {
  let [count, sumA, sumB, sumAa, sumBb, sumAb] = [0, 0, 0, 0, 0, 0];
  a.forEach((valueA, bin) => {
    const valueB = b[bin] ?? NaN;
    if (Number.isNaN(valueB)) return;
    count += 1;
    sumA += valueA;
    sumB += valueB;
    sumAa += valueA * valueA;
    sumBb += valueB * valueB;
    sumAb += valueA * valueB;
  });
  const spread = Math.sqrt((count * sumAa - sumA ** 2) * (count * sumBb - sumB ** 2));
  return spread > 0 ? (count * sumAb - sumA * sumB) / spread : 0;
}
