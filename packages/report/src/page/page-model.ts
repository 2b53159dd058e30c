import {
  REQUEST_STATES,
  type CurveData,
  type EpisodeData,
  type LaneData,
  type LineData,
  type PageData,
  type PanelData,
  type RequestsData,
  type RequestState,
} from '../page-data/page-data.js';
import { unpackDeltas, unpackNumbers } from '../page-data/packed-numbers.js';
import { assignSlots } from './slots.js';

/** The page's data unpacked; all times in seconds since the run's start. */
export interface PageModel {
  readonly endS: number;
  readonly ttftDeadlineS: number;
  readonly tbtDeadlineS: number;
  readonly curves: readonly CurveModel[];
  readonly requests: readonly RequestModel[];
  /** How many rows the requests take, each row one request at a time. */
  readonly slotsCount: number;
  readonly episodes: readonly EpisodeModel[];
  readonly panels: readonly PanelModel[];
}

export interface RequestModel {
  readonly index: number;
  readonly state: RequestState;
  readonly intendedS: number;
  readonly sentS: number;
  readonly endS: number;
  readonly missedCount: number;
  readonly slot: number;
  readonly marksS: Float64Array;
  readonly tokenCounts: Uint32Array;
  readonly missedCounts: Uint32Array;
  /** Its own first-token deadline; `undefined`: that of all. */
  readonly ttftDeadlineS: number | undefined;
}

export interface EpisodeModel extends Pick<EpisodeData, 'id' | 'cause' | 'missed' | 'isMasked'> {
  readonly fromS: number;
  readonly toS: number;
}

export type PanelModel =
  | {
      readonly kind: 'lines';
      readonly id: string;
      readonly title: string;
      readonly unit: string;
      readonly lines: readonly LineModel[];
    }
  | {
      readonly kind: 'lanes';
      readonly id: string;
      readonly title: string;
      readonly lanes: readonly LaneModel[];
    };

export interface LineModel extends Pick<LineData, 'label' | 'source' | 'hue' | 'isDashed' | 'holds'> {
  readonly timesS: Float64Array;
  readonly values: Float64Array;
  /** 1 where the line breaks after the point. */
  readonly breaks: Uint8Array;
}

export interface LaneModel extends Pick<LaneData, 'label' | 'source' | 'tone'> {
  readonly spans: readonly { readonly fromS: number; readonly toS: number; readonly text: string }[];
}

export interface CurveModel extends Omit<CurveData, 'series'> {
  readonly series: readonly {
    readonly label: string;
    readonly kind?: 'line' | 'points';
    readonly x: Float64Array;
    readonly y: Float64Array;
  }[];
}

export function readPageModel(data: PageData): PageModel {
  const secondsPerTick = data.tickNs / 1e9;
  const requests = requestsOf(data.requests, secondsPerTick);
  const slots = assignSlots(requests.map(({ intendedS, endS }) => ({ fromS: intendedS, toS: endS })));
  return {
    endS: data.endTicks * secondsPerTick,
    ttftDeadlineS: data.ttftDeadlineS,
    tbtDeadlineS: data.tbtDeadlineS,
    curves: data.curves.map(curveOf),
    requests: requests.map((request, at) => ({ ...request, slot: slots[at] ?? 0 })),
    slotsCount: slots.reduce((most, slot) => Math.max(most, slot + 1), 0),
    episodes: data.episodes.map(({ fromTicks, toTicks, ...rest }) => ({
      ...rest,
      fromS: fromTicks * secondsPerTick,
      toS: toTicks * secondsPerTick,
    })),
    panels: data.panels.map((panel) => panelOf(panel, secondsPerTick)),
  };
}

function requestsOf(data: RequestsData, secondsPerTick: number): readonly Omit<RequestModel, 'slot'>[] {
  const [ids, intended] = [unpackDeltas(data.ids), unpackDeltas(data.intendedTicks)];
  const [sent, ends] = [unpackNumbers(data.sentTicks), unpackNumbers(data.endTicks)];
  const [states, missed] = [unpackNumbers(data.states), unpackNumbers(data.missedCounts)];
  const marks = new MarkReader(data, secondsPerTick);
  const dueTicks = data.ttftDeadlineTicks === undefined ? [] : unpackNumbers(data.ttftDeadlineTicks);
  return Array.from(unpackNumbers(data.markCounts), (count, at) => {
    const intendedTicks = intended[at] ?? 0;
    return {
      index: ids[at] ?? 0,
      state: REQUEST_STATES[states[at] ?? 0] ?? 'ok',
      intendedS: intendedTicks * secondsPerTick,
      sentS: (intendedTicks + (sent[at] ?? 0)) * secondsPerTick,
      endS: (intendedTicks + (ends[at] ?? 0)) * secondsPerTick,
      missedCount: missed[at] ?? 0,
      ttftDeadlineS: dueTicks[at] === undefined ? undefined : dueTicks[at] * secondsPerTick,
      ...marks.next(intendedTicks, count),
    };
  });
}

/** Marks stand in one column for all requests, and the counts that are not the usual ones in two more. */
class MarkReader {
  readonly #marks: Float64Array;
  readonly #tokenCounts: Float64Array;
  readonly #missedCounts: Float64Array;
  #at = 0;
  #tokensAt = 0;
  #missedAt = 0;

  constructor(
    data: RequestsData,
    private readonly secondsPerTick: number,
  ) {
    this.#marks = unpackNumbers(data.marks);
    this.#tokenCounts = unpackNumbers(data.tokenCounts);
    this.#missedCounts = unpackNumbers(data.markMissedCounts);
  }

  next(fromTicks: number, count: number): Pick<RequestModel, 'marksS' | 'tokenCounts' | 'missedCounts'> {
    const marksS = new Float64Array(count);
    const tokenCounts = new Uint32Array(count).fill(1);
    const missedCounts = new Uint32Array(count);
    let ticks = fromTicks;
    for (let index = 0; index < count; index += 1) {
      const mark = this.#marks[this.#at++] ?? 0;
      ticks += Math.floor(mark / 4);
      marksS[index] = ticks * this.secondsPerTick;
      const signs = ((mark % 4) + 4) % 4;
      if (signs >= 2) tokenCounts[index] = this.#tokenCounts[this.#tokensAt++] ?? 0;
      if (signs % 2 === 1) missedCounts[index] = this.#missedCounts[this.#missedAt++] ?? 0;
    }
    return { marksS, tokenCounts, missedCounts };
  }
}

function panelOf(panel: PanelData, secondsPerTick: number): PanelModel {
  switch (panel.kind) {
    case 'lines':
      return { ...panel, lines: panel.lines.map((line) => lineOf(line, secondsPerTick)) };
    case 'lanes':
      return { ...panel, lanes: panel.lanes.map((lane) => laneOf(lane, secondsPerTick)) };
  }
}

function lineOf({ ticks, values, step, breaks, ...rest }: LineData, secondsPerTick: number): LineModel {
  const timesS = unpackDeltas(ticks).map((each) => each * secondsPerTick);
  const marked = new Uint8Array(timesS.length);
  for (const index of unpackDeltas(breaks)) marked[index] = 1;
  return { ...rest, timesS, values: unpackDeltas(values).map((each) => each * step), breaks: marked };
}

function laneOf({ spans, texts, ...rest }: LaneData, secondsPerTick: number): LaneModel {
  const numbers = unpackNumbers(spans);
  let ticks = 0;
  return {
    ...rest,
    spans: Array.from({ length: numbers.length / 2 }, (_, index) => {
      const from = ticks + (numbers[2 * index] ?? 0);
      ticks = from + (numbers[2 * index + 1] ?? 0);
      return {
        fromS: from * secondsPerTick,
        toS: ticks * secondsPerTick,
        text: texts[index] ?? texts[0] ?? '',
      };
    }),
  };
}

function curveOf({ series, ...rest }: CurveData): CurveModel {
  return {
    ...rest,
    series: series.map(({ label, kind, x, xStep, y, yStep }) => ({
      label,
      ...(kind && { kind }),
      x: unpackDeltas(x).map((each) => each * xStep),
      y: unpackDeltas(y).map((each) => each * yStep),
    })),
  };
}
