import { deadlineMisses, type Deadlines } from '@fluidscope/metrics';
import type { RecordedPrefill } from '@fluidscope/trace-schema';
import { durationNs } from '@fluidscope/units';
import type { CurveData } from '../page-data/page-data.js';
import { packDeltas } from '../page-data/packed-numbers.js';
import { keepExtremes } from './keep-extremes.js';
import { prefillChart } from './prefill-chart.js';
import { isScored, type RequestTrack } from './request-tracks.js';

const MS = 1e6;
const X_STEP_MS = 0.001;
const Y_STEP_PCT = 0.001;
const MOST_POINTS_COUNT = 400;
const MOST_DOTS_BUCKETS_COUNT = 800;
const TARGETS_COUNT = 25;
const TARGET_REACH_RATIO = 8;
/** Tokens that the curve of targets walks; beyond, it takes every so many-th request. */
const MOST_WALKED_COUNT = 200_000;

/** The charts under the timeline; those without any value are left out. */
export function curvesOf(
  tracks: readonly RequestTrack[],
  deadlines: Deadlines,
  prefill?: RecordedPrefill,
): readonly CurveData[] {
  const scored = tracks.filter(({ row }) => isScored(row));
  const perRequest = (
    id: string,
    title: string,
    of: (track: RequestTrack) => number | undefined,
  ): CurveData[] =>
    shareCurve({ id, title, of: 'requests' }, Float64Array.from(scored.flatMap((track) => of(track) ?? [])));
  return [
    ...perRequest('ttft', 'Time to first token', ({ row }) => row.ttftNs),
    ...shareCurve({ id: 'tbt', title: 'Time between tokens', of: 'tokens' }, gapsOf(scored)),
    ...perRequest('tpot', 'Mean time per output token', ({ row }) => row.tpotMeanNs),
    ...perRequest('normalized', 'Normalized latency (end to end, a token)', ({ row }) =>
      row.endToEndNs === undefined || !row.outputTokens ? undefined : row.endToEndNs / row.outputTokens,
    ),
    ...perRequest('end_to_end', 'End to end', ({ row }) => row.endToEndNs),
    ...missCurve(scored, deadlines),
    ...(prefill === undefined
      ? promptDots(scored)
      : [
          prefillChart(
            scored.map(({ row }) => row),
            prefill,
          ),
        ]),
    ...offeredCurve(tracks),
    ...latenessDots(tracks),
  ];
}

function shareCurve(
  { id, title, of }: { readonly id: string; readonly title: string; readonly of: string },
  valuesNs: Float64Array,
): CurveData[] {
  const series = shareSeries(title, valuesNs);
  const base = {
    id,
    title,
    kind: 'line',
    xLabel: 'ms',
    isLogX: true,
    yLabel: `% of ${of} at or below`,
  } as const;
  return series.length === 0 ? [] : [{ ...base, series }];
}

/**
 * How large a share of the values is at or below each, exact at the points drawn: even steps, and close ones towards both ends. Nothing
 * without values; sorts what it is given.
 */
export function shareSeries(label: string, valuesNs: Float64Array): CurveData['series'] {
  if (valuesNs.length === 0) return [];
  const sorted = valuesNs.sort();
  const kept = ranksToDraw(sorted.length).filter((rank) => (sorted[rank] ?? 0) > 0);
  return [
    {
      label,
      x: packDeltas(kept.map((rank) => Math.round((sorted[rank] ?? 0) / MS / X_STEP_MS))),
      xStep: X_STEP_MS,
      y: packDeltas(kept.map((rank) => Math.round((100 * (rank + 1)) / sorted.length / Y_STEP_PCT))),
      yStep: Y_STEP_PCT,
    },
  ];
}

function ranksToDraw(count: number): readonly number[] {
  if (count <= MOST_POINTS_COUNT) return Array.from({ length: count }, (_, rank) => rank);
  const ranks = new Set([0, count - 1]);
  for (let index = 0; index < MOST_POINTS_COUNT; index += 1) {
    ranks.add(Math.floor((index * count) / MOST_POINTS_COUNT));
    ranks.add(Math.max(0, count - 1 - Math.floor(count / 10 ** ((8 * index) / MOST_POINTS_COUNT))));
  }
  return [...ranks].sort((a, b) => a - b);
}

function gapsOf(tracks: readonly RequestTrack[]): Float64Array {
  const tokensCount = tracks.reduce(
    (sum, { chunks }) => sum + chunks.tokenCounts.reduce((a, b) => a + b, 0),
    0,
  );
  const gapsNs = new Float64Array(
    Math.max(0, tokensCount - tracks.filter(({ chunks }) => chunks.tokenCounts.length > 0).length),
  );
  let at = 0;
  for (const { chunks } of tracks)
    chunks.arrivalsNs.forEach((arrivalNs, index) => {
      if (index > 0) gapsNs[at] = arrivalNs - (chunks.arrivalsNs[index - 1] ?? arrivalNs);
      // The other tokens of a chunk came with its first: their gaps stay 0.
      at += (chunks.tokenCounts[index] ?? 0) - (index === 0 ? 1 : 0);
    });
  return gapsNs;
}

/** Share of deadlines missed had the deadline between tokens been another, that of the first token the same. */
function missCurve(
  scored: readonly RequestTrack[],
  { ttftDeadlineNs, tbtDeadlineNs }: Deadlines,
): CurveData[] {
  const tokensCount = scored.reduce((sum, { chunks }) => sum + chunks.arrivalsNs.length, 0);
  if (tokensCount === 0) return [];
  const every = Math.ceil(tokensCount / MOST_WALKED_COUNT);
  const walked = scored.filter((_, index) => index % every === 0);
  const targets = Array.from({ length: TARGETS_COUNT }, (_, index) =>
    durationNs(
      Math.max(1, Math.round(tbtDeadlineNs * TARGET_REACH_RATIO ** ((2 * index) / (TARGETS_COUNT - 1) - 1))),
    ),
  );
  const missedPct = targets.map((targetNs) =>
    missedPctAt(walked, { ttftDeadlineNs, tbtDeadlineNs: targetNs }),
  );
  return [
    {
      id: 'miss_curve',
      title: 'Deadlines missed against the target between tokens',
      kind: 'line',
      xLabel: 'target, ms',
      isLogX: true,
      yLabel: every === 1 ? '% missed' : `% missed, of every ${every}th request`,
      series: [
        {
          label: 'missed',
          x: packDeltas(targets.map((targetNs) => Math.round(targetNs / MS / X_STEP_MS))),
          xStep: X_STEP_MS,
          y: packDeltas(missedPct.map((each) => Math.round(each / Y_STEP_PCT))),
          yStep: Y_STEP_PCT,
        },
      ],
      mark: { x: tbtDeadlineNs / MS, label: 'deadline of the run' },
    },
  ];
}

function missedPctAt(tracks: readonly RequestTrack[], deadlines: Deadlines): number {
  let [missed, inTime] = [0, 0];
  for (const { row, chunks } of tracks) {
    const { arrivalsNs, tokenCounts } = chunks;
    const { intendedNs: startNs, ttftDeadlineNs } = row;
    const misses = deadlineMisses({ startNs, arrivalsNs, tokenCounts, ttftDeadlineNs }, deadlines);
    missed += misses.reduce((sum, { missedCount }) => sum + missedCount, 0);
    inTime += tokenCounts.reduce((sum, count) => sum + count, 0) - misses.length;
  }
  return missed + inTime === 0 ? 0 : (100 * missed) / (missed + inTime);
}

function promptDots(scored: readonly RequestTrack[]): CurveData[] {
  const dots = scored.flatMap(({ row }) => {
    const promptTokens = row.usagePromptTokens ?? row.promptTokens;
    return promptTokens === undefined || row.ttftNs === undefined
      ? []
      : [{ x: promptTokens, y: row.ttftNs / MS }];
  });
  return dotsOf(dots, {
    id: 'prompt_ttft',
    title: 'Prompt length against time to first token',
    xLabel: 'prompt tokens',
    yLabel: 'TTFT, ms',
    label: 'request',
  });
}

function latenessDots(tracks: readonly RequestTrack[]): CurveData[] {
  const dots = tracks.flatMap(({ row: { intendedNs, sentNs } }) =>
    sentNs === undefined ? [] : [{ x: intendedNs / 1e9, y: (sentNs - intendedNs) / MS }],
  );
  return dotsOf(dots, {
    id: 'lateness',
    title: 'Schedule lateness',
    xLabel: 'when it was due, s',
    yLabel: 'sent so much later, ms',
    label: 'request',
  });
}

function dotsOf(
  dots: readonly { readonly x: number; readonly y: number }[],
  { label, ...rest }: Pick<CurveData, 'id' | 'title' | 'xLabel' | 'yLabel'> & { readonly label: string },
): CurveData[] {
  if (dots.length === 0) return [];
  const sorted = dots.toSorted((a, b) => a.x - b.x);
  const [first, last] = [sorted[0]?.x ?? 0, sorted.at(-1)?.x ?? 0];
  const edges = Float64Array.from(
    { length: MOST_DOTS_BUCKETS_COUNT + 1 },
    (_, index) => first + ((last - first) * index) / MOST_DOTS_BUCKETS_COUNT,
  );
  const values = sorted.map(({ y }) => y);
  const kept = keepExtremes({ timesNs: sorted.map(({ x }) => x), values, breaks: new Set() }, edges);
  const at = [...kept].flatMap((index) => sorted[index] ?? []);
  const step = 0.001;
  return [
    {
      ...rest,
      kind: 'points',
      isLogX: false,
      series: [
        {
          label,
          x: packDeltas(at.map(({ x }) => Math.round(x / step))),
          xStep: step,
          y: packDeltas(at.map(({ y }) => Math.round(y / step))),
          yStep: step,
        },
      ],
    },
  ];
}

/** Requests that should have been sent up to each time, and those that were. */
function offeredCurve(tracks: readonly RequestTrack[]): CurveData[] {
  const asked = tracks.map(({ row }) => row.intendedNs).sort((a, b) => a - b);
  const sent = tracks.flatMap(({ row }) => row.sentNs ?? []).sort((a, b) => a - b);
  if (asked.length === 0) return [];
  return [
    {
      id: 'offered',
      title: 'Load offered against load asked for',
      kind: 'steps',
      xLabel: 's',
      isLogX: false,
      yLabel: 'requests so far',
      series: [cumulative('asked for', asked), cumulative('sent', sent)],
    },
  ];
}

function cumulative(label: string, timesNs: readonly number[]): CurveData['series'][number] {
  const kept = ranksToDraw(timesNs.length);
  return {
    label,
    x: packDeltas(kept.map((rank) => Math.round((timesNs[rank] ?? 0) / MS))),
    xStep: 0.001,
    y: packDeltas(kept.map((rank) => rank + 1)),
    yStep: 1,
  };
}
