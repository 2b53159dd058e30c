import { CLOCK_EVENT_REASONS, hasBit, type SampleSeries } from '@fluidscope/trace-schema';
import type { LaneData, PanelData } from '../page-data/page-data.js';
import { packNumbers } from '../page-data/packed-numbers.js';
import { usualIntervalNs } from './sample-points.js';
import { toTicks } from './ticks.js';

const REASONS = CLOCK_EVENT_REASONS.filter(({ isThrottling }) => isThrottling);
const MISSED_SAMPLES_COUNT = 2.5;
const MOST_SPANS_COUNT = 1_500;

/** One lane for each GPU and reason that ever held its clock down; no panel where no GPU gave reasons at all. */
export function throttleLanes(
  series: readonly SampleSeries[],
  nameOf: (series: SampleSeries) => string,
): readonly PanelData[] {
  const masks = series.filter(({ metric }) => metric === 'clocks_event_reasons_mask');
  if (masks.length === 0) return [];
  const lanes = masks.flatMap((each) =>
    REASONS.flatMap(({ bitMask, words: label }): LaneData[] => {
      const spans = mergeClose(spansOf(each, bitMask), MOST_SPANS_COUNT);
      return spans.length === 0
        ? []
        : [{ label, source: nameOf(each), tone: 'bad', spans: packNumbers(asTicks(spans)), texts: [label] }];
    }),
  );
  return [{ kind: 'lanes', id: 'throttle', title: 'GPU throttle reasons', lanes }];
}

type Span = readonly [fromNs: number, toNs: number];

function spansOf({ timeNs, value }: SampleSeries, bitMask: number): readonly Span[] {
  const reachNs = MISSED_SAMPLES_COUNT * (usualIntervalNs(timeNs) ?? 0);
  const spans: Span[] = [];
  let fromNs: number | undefined;
  for (let index = 0; index < timeNs.length; index += 1) {
    const atNs = timeNs[index] ?? NaN;
    const untilNs = Math.min(timeNs[index + 1] ?? atNs, atNs + reachNs);
    if (hasBit(value[index] ?? 0, bitMask)) {
      fromNs ??= atNs;
      if (untilNs === timeNs[index + 1]) continue;
      spans.push([fromNs, untilNs]);
    } else if (fromNs !== undefined) spans.push([fromNs, atNs]);
    fromNs = undefined;
  }
  return spans;
}

/** The spans with the shortest pauses between them filled, until there are at most so many: none is lost, none begins later or ends sooner. */
export function mergeClose(spans: readonly Span[], mostCount: number): readonly Span[] {
  if (spans.length <= mostCount) return spans;
  const pausesNs = spans.slice(1).map(([fromNs], index) => fromNs - (spans[index]?.[1] ?? fromNs));
  const longestFilledNs = pausesNs.toSorted((a, b) => a - b)[spans.length - mostCount - 1] ?? 0;
  const merged: [number, number][] = [];
  for (const [fromNs, toNs] of spans) {
    const last = merged.at(-1);
    if (last !== undefined && fromNs - last[1] <= longestFilledNs) last[1] = Math.max(last[1], toNs);
    else merged.push([fromNs, toNs]);
  }
  return merged;
}

/** Starts, as the distance from the last end, and lengths in turn. */
export function* asTicks(spans: readonly Span[]): Generator<number> {
  let previous = 0;
  for (const [fromNs, toNs] of spans) {
    const from = toTicks(fromNs);
    const to = toTicks(toNs);
    yield from - previous;
    yield to - from;
    previous = to;
  }
}
