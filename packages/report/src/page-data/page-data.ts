/**
 * What the page's script reads. It stands in the page as JSON; columns are packed (`packNumbers`, `packDeltas`), times are in ticks
 * since the run's start, and whatever was thinned out says so.
 */
export interface PageData {
  readonly tickNs: number;
  /** Right end of the time axis. */
  readonly endTicks: number;
  readonly ttftDeadlineS: number;
  readonly tbtDeadlineS: number;
  readonly requests: RequestsData;
  readonly episodes: readonly EpisodeData[];
  readonly panels: readonly PanelData[];
  readonly curves: readonly CurveData[];
}

export const REQUEST_STATES = ['ok', 'error', 'cancelled', 'unfinished', 'warmup'] as const;

export type RequestState = (typeof REQUEST_STATES)[number];

/** Requests in order of their intended send, one element a request in each column. */
export interface RequestsData {
  readonly ids: string;
  readonly intendedTicks: string;
  readonly sentTicks: string;
  readonly endTicks: string;
  /** Index into `REQUEST_STATES`. */
  readonly states: string;
  readonly missedCounts: string;
  readonly markCounts: string;
  /**
   * Marks of all requests in turn: a chunk with tokens, or several close ones as one. `4 d + 2 (tokens are not 1) + (deadlines missed)`, d in
   * ticks since the request's previous mark, since its intended send for the first.
   */
  readonly marks: string;
  /** When the first token of each was due after its intended send, in ticks; absent where one deadline holds for all. */
  readonly ttftDeadlineTicks?: string;
  /** Of the marks that say so, in order. */
  readonly tokenCounts: string;
  readonly markMissedCounts: string;
}

export interface EpisodeData {
  readonly id: string;
  readonly fromTicks: number;
  readonly toTicks: number;
  readonly cause: string;
  readonly missed: number;
  readonly isMasked: boolean;
}

/** One strip of the timeline. */
export type PanelData = LinesPanelData | LanesPanelData;

interface PanelBase {
  readonly id: string;
  readonly title: string;
}

export interface LinesPanelData extends PanelBase {
  readonly kind: 'lines';
  readonly unit: string;
  readonly lines: readonly LineData[];
}

export interface LineData {
  readonly label: string;
  readonly source: string;
  /** Which colour: lines of one source share it. */
  readonly hue: number;
  readonly isDashed: boolean;
  /** Whether a value speaks for the time before its point, as a rate does, or for the time up to the next. */
  readonly holds: 'before' | 'after';
  readonly ticks: string;
  /** In steps of `step` of the panel's unit. */
  readonly values: string;
  readonly step: number;
  /** Points after which the line breaks: samples are missing up to the next. */
  readonly breaks: string;
}

export interface LanesPanelData extends PanelBase {
  readonly kind: 'lanes';
  readonly lanes: readonly LaneData[];
}

export interface LaneData {
  readonly label: string;
  readonly source: string;
  readonly tone: 'bad' | 'notice' | 'neutral';
  /** Starts and lengths in turn, in ticks. */
  readonly spans: string;
  /** One for each span, or one for all. */
  readonly texts: readonly string[];
}

/** A chart below the timeline: points of `x` and `y`, packed, in steps. */
export interface CurveData {
  readonly id: string;
  readonly title: string;
  readonly kind: 'line' | 'points' | 'steps';
  readonly xLabel: string;
  readonly isLogX: boolean;
  readonly yLabel: string;
  readonly series: readonly {
    readonly label: string;
    /** Where it is not the chart's own. */
    readonly kind?: 'line' | 'points';
    readonly x: string;
    readonly xStep: number;
    readonly y: string;
    readonly yStep: number;
  }[];
  /** A value of x to point out. */
  readonly mark?: { readonly x: number; readonly label: string };
}
