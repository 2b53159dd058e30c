import type { Deadlines } from '@fluidscope/metrics';
import { clientErrorNs } from './causes/client-lag.js';
import { weightedMean, type Episode } from './episodes.js';
import { mergedSpans, type Span } from './spans.js';
import type { SampleLine } from './telemetry/sample-line.js';
import type { MetricSource, Telemetry } from './telemetry/telemetry.js';
import type { TokenStream } from './token-stream.js';

/** Time in which something cannot be judged, and of whom. */
export interface MaskedWindow extends Span {
  /** `client`: nobody else is blamed for what happened then. An agent's GPU or host: its evidence is not used. */
  readonly sourceId: string;
  readonly reason: 'client_lag' | 'sends_behind' | 'clock_bound';
}

/** A window in which the client may be off by more than a quarter of the deadline says nothing of the server. */
const LARGEST_ERROR_RATIO = 0.25;
/** Samples that may lie further off than half a deadline cannot be laid beside a token. */
const LARGEST_BOUND_RATIO = 0.5;
const LEAST_UNCERTAIN_RATIO = 0.5;
/** Masked stretches closer than this are told as one. */
const JOINED_NS = 100_000_000;

/** What may be off by at most, for the time around it to be judged. */
export interface UncertaintyLimits {
  readonly stampErrorNs: number;
  /** Actual minus intended send. */
  readonly sendLatenessNs: number;
  readonly clockBoundNs: number;
}

export function uncertaintyLimits({ ttftDeadlineNs, tbtDeadlineNs }: Deadlines): UncertaintyLimits {
  return {
    stampErrorNs: LARGEST_ERROR_RATIO * tbtDeadlineNs,
    sendLatenessNs: LARGEST_ERROR_RATIO * ttftDeadlineNs,
    clockBoundNs: LARGEST_BOUND_RATIO * tbtDeadlineNs,
  };
}

/** Whether an episode's own ruler was too late for it to be laid to the server. */
export function isMasked({ stalls, phase }: Episode, deadlines: Deadlines): boolean {
  const deadlineNs = phase === 'first_token' ? deadlines.ttftDeadlineNs : deadlines.tbtDeadlineNs;
  const uncertainRatio = weightedMean(stalls, (stall) =>
    clientErrorNs(stall) > LARGEST_ERROR_RATIO * deadlineNs ? 1 : 0,
  );
  return (uncertainRatio ?? 0) >= LEAST_UNCERTAIN_RATIO;
}

/** All time of a run in which the client, or an agent's clock, was too far off; in order of source and time. */
export function maskedWindows(
  streams: readonly TokenStream[],
  telemetry: Telemetry,
  deadlines: Deadlines,
): MaskedWindow[] {
  const windowsOf = (
    sourceId: string,
    reason: MaskedWindow['reason'],
    spans: readonly Span[],
  ): MaskedWindow[] => mergedSpans(spans, JOINED_NS).map((span) => ({ sourceId, reason, ...span }));
  const agents = [...telemetry.gpus, ...telemetry.hosts];
  const limits = uncertaintyLimits(deadlines);
  return [
    ...windowsOf('client', 'client_lag', lateStamps(streams, limits.stampErrorNs)),
    ...windowsOf('client', 'sends_behind', lateSends(streams, limits.sendLatenessNs)),
    ...agents.flatMap((source) =>
      windowsOf(source.sourceId, 'clock_bound', unboundTimes(source, limits.clockBoundNs)),
    ),
  ];
}

function lateStamps(streams: readonly TokenStream[], limitNs: number): Span[] {
  return streams.flatMap(({ timings: { arrivalsNs }, errorsNs }) => {
    const spans: Span[] = [];
    errorsNs.forEach((errorNs, index) => {
      const toNs = arrivalsNs[index] ?? NaN;
      if (errorNs > limitNs) spans.push({ fromNs: toNs - errorNs, toNs });
    });
    return spans;
  });
}

function lateSends(streams: readonly TokenStream[], limitNs: number): Span[] {
  return streams.flatMap(({ sentNs, timings: { startNs } }) =>
    sentNs - startNs > limitNs ? [{ fromNs: startNs, toNs: sentNs }] : [],
  );
}

function unboundTimes(source: MetricSource, limitNs: number): Span[] {
  return source.metrics.flatMap((metric) => {
    const samples = source.line(metric);
    if (samples === undefined) return [];
    const spans: Span[] = [];
    samples.boundsNs.forEach((boundNs, index) => {
      const atNs = samples.timesNs[index] ?? NaN;
      if (boundNs > limitNs) spans.push({ fromNs: atNs - boundNs, toNs: atNs + boundNs });
    });
    return spans;
  });
}

/** Telemetry without the samples whose time is not known well enough: they are as if lost, and coverage falls. */
export function withinBounds(telemetry: Telemetry, deadlines: Deadlines): Telemetry {
  const limitNs = uncertaintyLimits(deadlines).clockBoundNs;
  return {
    ...telemetry,
    gpus: telemetry.gpus.map((gpu) => ({ ...gpu, ...boundedSource(gpu, limitNs) })),
    hosts: telemetry.hosts.map((host) => ({ ...host, ...boundedSource(host, limitNs) })),
  };
}

function boundedSource(source: MetricSource, limitNs: number): Pick<MetricSource, 'line' | 'linesOf'> {
  const known = new Map<string, ReadonlyMap<number, SampleLine>>();
  const linesOf = (metric: string): ReadonlyMap<number, SampleLine> => {
    const bounded =
      known.get(metric) ??
      new Map([...source.linesOf(metric)].map(([subId, line]) => [subId, line.within(limitNs)]));
    known.set(metric, bounded);
    return bounded;
  };
  return { linesOf, line: (metric) => linesOf(metric).get(0) };
}
