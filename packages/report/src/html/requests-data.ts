import { REQUEST_STATES, type RequestsData, type RequestState } from '../page-data/page-data.js';
import { packDeltas, packNumbers } from '../page-data/packed-numbers.js';
import type { RequestTrack } from './request-tracks.js';
import { binForBudget, thinMarks, type Marks } from './thin-marks.js';
import { TICK_NS, toTicks } from './ticks.js';

/** Some two bytes each: with these a page of a million tokens stays under its 5 MB. */
const MOST_MARKS_COUNT = 500_000;
const MOST_ROWS_COUNT = 20_000;
const FINEST_BINS_COUNT = 16_384;

/** The rows of the timeline, and in words what was thinned out of them; empty when nothing was. */
export interface ThinnedRequests {
  readonly data: RequestsData;
  readonly notes: readonly string[];
  /** Those shown, in the order of the columns. */
  readonly shown: readonly RequestTrack[];
}

export function requestsData(tracks: readonly RequestTrack[], endNs: number): ThinnedRequests {
  const shown = tracks.length <= MOST_ROWS_COUNT ? tracks : worstAndEveryNth(tracks);
  const chunks = shown.map((track) => track.chunks);
  const leastBinNs = Math.max(TICK_NS, endNs / FINEST_BINS_COUNT);
  const binNs = binForBudget(chunks, {
    leastBinNs,
    mostBinNs: Math.max(endNs, 2 * leastBinNs),
    mostCount: MOST_MARKS_COUNT,
  });
  const marks = chunks.map((each) => thinMarks(each, binNs));
  return { data: columnsOf(shown, marks), notes: notesOf(tracks, shown, { binNs, marks }), shown };
}

function columnsOf(shown: readonly RequestTrack[], marks: readonly Marks[]): RequestsData {
  const rows = shown.map(({ row }) => row);
  const tokenCounts = marks.flatMap((each) => each.tokenCounts);
  const missedCounts = marks.flatMap((each) => each.missedCounts);
  return {
    ids: packDeltas(rows.map(({ requestIndex }) => requestIndex)),
    intendedTicks: packDeltas(rows.map(({ intendedNs }) => toTicks(intendedNs))),
    sentTicks: packNumbers(
      rows.map(({ intendedNs, sentNs }) => toTicks(sentNs ?? intendedNs) - toTicks(intendedNs)),
    ),
    endTicks: packNumbers(shown.map((track) => toTicks(endOf(track)) - toTicks(track.row.intendedNs))),
    states: packNumbers(shown.map((track) => REQUEST_STATES.indexOf(stateOf(track)))),
    missedCounts: packNumbers(
      shown.map(({ chunks }) => chunks.missedCounts.reduce((sum, count) => sum + count, 0)),
    ),
    markCounts: packNumbers(marks.map(({ timesNs }) => timesNs.length)),
    marks: packNumbers(marksOf(shown, marks)),
    ...(rows.every(({ ttftDeadlineNs }) => ttftDeadlineNs === undefined)
      ? {}
      : { ttftDeadlineTicks: packNumbers(rows.map(({ ttftDeadlineNs }) => toTicks(ttftDeadlineNs ?? 0))) }),
    tokenCounts: packNumbers(tokenCounts.filter((count) => count !== 1)),
    markMissedCounts: packNumbers(missedCounts.filter((count) => count > 0)),
  };
}

function* marksOf(shown: readonly RequestTrack[], marks: readonly Marks[]): Generator<number> {
  for (const [index, { row }] of shown.entries()) {
    const { timesNs = [], tokenCounts = [], missedCounts = [] } = marks[index] ?? {};
    let previous = toTicks(row.intendedNs);
    for (const [at, timeNs] of timesNs.entries()) {
      const ticks = toTicks(timeNs);
      yield 4 * (ticks - previous) + (tokenCounts[at] === 1 ? 0 : 2) + ((missedCounts[at] ?? 0) > 0 ? 1 : 0);
      previous = ticks;
    }
  }
}

function endOf({ row, chunks }: RequestTrack): number {
  return row.endedNs ?? chunks.arrivalsNs.at(-1) ?? row.sentNs ?? row.intendedNs;
}

function stateOf({ row }: RequestTrack): RequestState {
  return row.phase === 'warmup' ? 'warmup' : (row.status ?? 'unfinished');
}

/** Every request that missed a deadline or did not end well as far as there is room, worst first; the rest evenly. */
function worstAndEveryNth(tracks: readonly RequestTrack[]): readonly RequestTrack[] {
  const missed = new Map(
    tracks.map((track) => [track, track.chunks.missedCounts.reduce((a, b) => a + b, 0)]),
  );
  const worst = tracks
    .filter((track) => (missed.get(track) ?? 0) > 0 || track.row.status !== 'ok')
    .sort((a, b) => (missed.get(b) ?? 0) - (missed.get(a) ?? 0))
    .slice(0, MOST_ROWS_COUNT);
  const chosen = new Set(worst);
  const others = tracks.filter((track) => !chosen.has(track));
  const room = MOST_ROWS_COUNT - worst.length;
  for (let index = 0; index < room; index += 1) {
    const other = others[Math.floor((index * others.length) / room)];
    if (other !== undefined) chosen.add(other);
  }
  return tracks.filter((track) => chosen.has(track));
}

function notesOf(
  tracks: readonly RequestTrack[],
  shown: readonly RequestTrack[],
  { binNs, marks }: { readonly binNs: number; readonly marks: readonly Marks[] },
): readonly string[] {
  const chunksCount = shown.reduce((sum, { chunks }) => sum + chunks.arrivalsNs.length, 0);
  const marksCount = marks.reduce((sum, { timesNs }) => sum + timesNs.length, 0);
  return [
    ...(shown.length === tracks.length
      ? []
      : [
          `${shown.length} of ${tracks.length} requests are drawn: those that missed most deadlines or failed first, the rest evenly spread.`,
        ]),
    ...(binNs === 0
      ? []
      : [
          `${marksCount} of ${chunksCount} token arrivals are drawn: of each stream and ${(binNs / 1e6).toFixed(1)} ms the first, the first late one and both sides of the longest wait, so that every stall keeps its length; the others are counted into the next mark.`,
        ]),
  ];
}
