import type { ServerSample, TraceEvent } from '@fluidscope/trace-schema';
import type { WallNs } from '@fluidscope/units';
import type { EngineLogLine, LoggedEvent, LoggedStats } from './engine-log-line.js';
import { runTimeOf, type LogStamp } from './log-stamp.js';
import { middleOf, type PlacedLine, type TimeRange } from './placed-line.js';
import { statsSamples } from './stats-samples.js';
import { stepSamples } from './step-samples.js';

/** The run that a log is laid beside. */
export interface EngineLogFrame {
  /** The wall clock at run time 0. */
  readonly startedWallNs: WallNs;
  readonly endedNs: number;
  /** Of the zone that stamps without one are most likely in: that of whoever reads. UTC is tried as well. */
  readonly zoneOffsetNs: number;
  /** The `endpoint` of the samples, and the `source` of the events. */
  readonly source: string;
}

export interface PlacedEngineLog {
  /** In order of time. */
  readonly samples: readonly ServerSample[];
  readonly events: readonly TraceEvent[];
  /** Lines that are understood and of the run's time. */
  readonly linesCount: number;
  /** Steps that the log dates too loosely for a sample of their own. */
  readonly looseStepsCount: number;
  /** How far ahead of UTC the stamps were taken to be. */
  readonly zoneOffsetNs: number;
}

/**
 * The lines of a log that fall into a run, as rows of its trace. The clock of the engine's machine is taken to agree with that of the load generator; a line was written
 * between its stamp and the next stamp that it could have had, and is placed in the middle.
 */
export function placeEngineLog(lines: readonly EngineLogLine[], frame: EngineLogFrame): PlacedEngineLog {
  const readings = [frame.zoneOffsetNs, 0].map((zoneOffsetNs) => ({
    zoneOffsetNs,
    placed: linesWithin(lines, frame, zoneOffsetNs),
  }));
  // A container's clock is mostly UTC: the zone in which more of the log is of this run.
  const { zoneOffsetNs, placed } = readings.reduce((best, each) =>
    each.placed.length > best.placed.length ? each : best,
  );
  const { source } = frame;
  const steps = stepSamples(
    placed.flatMap((line) => (line.entry.kind === 'step' ? [{ ...line, entry: line.entry }] : [])),
    source,
  );
  const stats = placed.flatMap((line) => (isStats(line) ? [line] : []));
  const samples = [...steps.samples, ...statsSamples(stats, source)];
  return {
    samples: samples.toSorted((a, b) => a.timeNs - b.timeNs),
    events: placed.flatMap((line) => eventOf(line, source) ?? []).toSorted((a, b) => a.timeNs - b.timeNs),
    linesCount: placed.length,
    looseStepsCount: steps.looseCount,
    zoneOffsetNs,
  };
}

type Placed = PlacedLine<EngineLogLine['entry']>;

function linesWithin(
  lines: readonly EngineLogLine[],
  { startedWallNs, endedNs }: EngineLogFrame,
  zoneOffsetNs: number,
): readonly Placed[] {
  return lines.flatMap(({ stamp, engineIndex, entry }) => {
    const range = rangeOf(stamp, { startedWallNs, zoneOffsetNs });
    return range.toNs > 0 && range.fromNs <= endedNs ? [{ ...range, engineIndex, entry }] : [];
  });
}

function rangeOf(stamp: LogStamp, frame: Parameters<typeof runTimeOf>[1]): TimeRange {
  const fromNs = runTimeOf(stamp, frame);
  return { fromNs, toNs: fromNs + stamp.resolutionNs };
}

function isStats(line: Placed): line is PlacedLine<LoggedStats> {
  return line.entry.kind === 'stats';
}

/** Written when it was over. */
function eventOf({ entry, fromNs, toNs, engineIndex }: Placed, source: string): TraceEvent | undefined {
  if (entry.kind === 'step' || entry.kind === 'stats') return undefined;
  return {
    source,
    kind: entry.kind,
    timeNs: middleOf({ fromNs, toNs }),
    detail: { ...toldOf(entry), engine_index: engineIndex, bound_ns: Math.ceil((toNs - fromNs) / 2) },
  };
}

function toldOf({ tookNs, what }: LoggedEvent): Record<string, number | string> {
  return {
    ...(tookNs === undefined ? {} : { took_ns: Math.round(tookNs) }),
    ...(what === undefined ? {} : { what }),
  };
}
