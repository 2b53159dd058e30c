import { SampleLine } from '../telemetry/sample-line.js';
import { NO_TELEMETRY, type MetricSource, type Telemetry } from '../telemetry/telemetry.js';
import { MS } from './streams.js';

/** A metric's value at a time, ms. */
export type Curves = Readonly<Record<string, (atMs: number) => number>>;

export interface Sampling {
  readonly everyMs?: number;
  readonly untilMs?: number;
}

/** A source sampled on an exact clock from 0. */
export function sourceOf(
  sourceId: string,
  curves: Curves,
  { everyMs = 20, untilMs = 10_000 }: Sampling = {},
): MetricSource {
  const lines = new Map(
    Object.entries(curves).map(([metric, valueAt]) => [
      metric,
      new Map([[0, sampled(valueAt, everyMs, untilMs)]]),
    ]),
  );
  return {
    sourceId,
    metrics: [...lines.keys()],
    line: (metric) => lines.get(metric)?.get(0),
    linesOf: (metric) => lines.get(metric) ?? new Map<number, SampleLine>(),
  };
}

/** Server metrics alone, five a second. */
export function serverWith(curves: Curves): Telemetry {
  return { ...NO_TELEMETRY, servers: [sourceOf('http://engine/metrics', curves, { everyMs: 200 })] };
}

/** One GPU of one agent, at 100 Hz. */
export function gpuWith(curves: Curves): Telemetry {
  const source = sourceOf('host-1/GPU-0', curves, { everyMs: 10 });
  return { ...NO_TELEMETRY, gpus: [{ ...source, agentId: 'host-1', gpuUuid: 'GPU-0' }] };
}

function sampled(valueAt: (atMs: number) => number, everyMs: number, untilMs: number): SampleLine {
  const timesMs = Float64Array.from(
    { length: Math.floor(untilMs / everyMs) + 1 },
    (_, index) => index * everyMs,
  );
  return new SampleLine(
    timesMs.map((atMs) => atMs * MS),
    timesMs.map(valueAt),
    new Float64Array(timesMs.length),
    2.5 * everyMs * MS,
  );
}
