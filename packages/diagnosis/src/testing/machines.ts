import { SampleLine } from '../telemetry/sample-line.js';
import { NO_TELEMETRY, type GpuSource, type MetricSource, type Telemetry } from '../telemetry/telemetry.js';
import { MS, streamOf } from './streams.js';
import { sourceOf, type Curves, type Sampling } from './telemetry.js';

/** Of one process, interface or link: by its `sub_id`. */
export type SubCurves = Readonly<Record<number, Curves>>;

export interface MachineShape {
  readonly gpus?: readonly Curves[];
  /** Of each GPU's processes or links, in the order of `gpus`. */
  readonly gpuParts?: readonly SubCurves[];
  readonly host?: Curves;
  readonly hostParts?: SubCurves;
  readonly server?: Curves;
}

/** One host with GPUs, all sampled on an exact clock: GPUs and host 100 times a second, the server five. */
export function machineOf(shape: MachineShape): Telemetry {
  const { gpus = [], gpuParts = [], host, hostParts = {}, server } = shape;
  return {
    ...NO_TELEMETRY,
    gpus: gpus.map((curves, index): GpuSource => ({
      ...withParts(sourceOf(`host-1/GPU-${index}`, curves, EVERY), gpuParts[index] ?? {}),
      agentId: 'host-1',
      gpuUuid: `GPU-${index}`,
    })),
    hosts: host === undefined ? [] : [withParts(sourceOf('host-1', host, EVERY), hostParts)],
    servers: server === undefined ? [] : [sourceOf('http://engine/metrics', server, { everyMs: 200 })],
  };
}

const EVERY: Sampling = { everyMs: 10 };

function withParts(source: MetricSource, parts: SubCurves): MetricSource {
  const lines = new Map<string, Map<number, SampleLine>>();
  for (const [subId, curves] of Object.entries(parts)) {
    const part = sourceOf('', curves, EVERY);
    for (const metric of Object.keys(curves)) {
      const line = part.line(metric);
      const ofMetric = lines.get(metric) ?? new Map<number, SampleLine>();
      if (line !== undefined) lines.set(metric, ofMetric.set(Number(subId), line));
    }
  }
  return {
    ...source,
    metrics: [...source.metrics, ...lines.keys()],
    linesOf: (metric) => lines.get(metric) ?? source.linesOf(metric),
  };
}

/** A source with one more metric: what happened at a few instants. */
export function withEvents(
  gpu: GpuSource,
  metric: string,
  samples: readonly (readonly [atMs: number, value: number])[],
): GpuSource {
  const line = new SampleLine(
    Float64Array.from(samples, ([atMs]) => atMs * MS),
    Float64Array.from(samples, ([, value]) => value),
    new Float64Array(samples.length),
    Infinity,
  );
  return {
    ...gpu,
    metrics: [...gpu.metrics, metric],
    line: (asked) => (asked === metric ? line : gpu.line(asked)),
    linesOf: (asked) => (asked === metric ? new Map([[0, line]]) : gpu.linesOf(asked)),
  };
}

const SLOW_FROM_MS = 2_000;
const SLOW_TO_MS = 4_020;

/** Five streams of 20 ms steps, which take twice as long from 2 s to 4 s. */
export const SLOW_STREAMS = Array.from({ length: 5 }, (_, index) =>
  streamOf(index, {
    tokens: 300,
    stallsMs: Object.fromEntries(Array.from({ length: 50 }, (_each, at) => [95 + at, 20])),
  }),
);

/** Whether it is slow then, as a curve: one value from a little before, another elsewhere. */
export function whileSlow(slow: number, usual: number): (atMs: number) => number {
  return (atMs) => (atMs >= SLOW_FROM_MS - 50 && atMs < SLOW_TO_MS + 80 ? slow : usual);
}

/** A counter that grows so much a ms while it is slow, and so much elsewhere. */
export function growing(slowPerMs: number, usualPerMs = 0): (atMs: number) => number {
  return (atMs) => {
    const slowMs = Math.max(0, Math.min(atMs, SLOW_TO_MS + 80) - (SLOW_FROM_MS - 50));
    return slowPerMs * slowMs + usualPerMs * (atMs - slowMs);
  };
}

/** Pauses of the whole engine, each before a token. */
export interface PausedRun {
  readonly streamsCount: number;
  /** When it stands still, ms. */
  readonly spans: readonly (readonly [fromMs: number, toMs: number])[];
}

const FIRST_MS = 100;
const STEP_MS = 20;

/** The streams of a run that stands still at times, `fromMs` each a step's end. */
export function pausedStreams({ streamsCount, spans }: PausedRun) {
  let stoodMs = 0;
  const stalls = spans.map(([fromMs, toMs]) => {
    const token = Math.round((fromMs - FIRST_MS - stoodMs) / STEP_MS) + 1;
    stoodMs += toMs - fromMs;
    return [token, toMs - fromMs] as const;
  });
  return Array.from({ length: streamsCount }, (_, index) =>
    streamOf(index, { tokens: 400, stallsMs: Object.fromEntries(stalls) }),
  );
}

export function within(spans: PausedRun['spans'], inside: number, outside: number): (atMs: number) => number {
  return (atMs) =>
    spans.some(([fromMs, toMs]) => atMs > fromMs + STEP_MS && atMs <= toMs + STEP_MS) ? inside : outside;
}

/** A counter that grows so much a ms within spans, and so much without. */
export function grownWithin(
  spans: PausedRun['spans'],
  insidePerMs: number,
  outsidePerMs: number,
): (atMs: number) => number {
  return (atMs) => {
    const insideMs = spans.reduce(
      (sum, [fromMs, toMs]) => sum + Math.max(0, Math.min(atMs, toMs + STEP_MS) - (fromMs + STEP_MS)),
      0,
    );
    return insidePerMs * insideMs + outsidePerMs * (atMs - insideMs);
  };
}
