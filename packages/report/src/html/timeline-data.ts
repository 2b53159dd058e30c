import type { Diagnosis, JudgedEpisode } from '@fluidscope/diagnosis';
import type { Loss, SampleSeries, TraceEvent, TraceReader } from '@fluidscope/trace-schema';
import type { EpisodeData, PanelData } from '../page-data/page-data.js';
import { bucketEdges } from './keep-extremes.js';
import { noticeLanes } from './notice-lanes.js';
import { telemetryPanels } from './telemetry-panels.js';
import { toTicks } from './ticks.js';

/** Points of all lines together, some four bytes each. */
const POINTS_BUDGET_COUNT = 320_000;
const MOST_BUCKETS_COUNT = 3_000;
const LEAST_BUCKETS_COUNT = 100;
const POINTS_PER_BUCKET_COUNT = 4;
const CLOSE_EPISODES_COUNT = 20;
const FINER_BUCKETS_SHARE = 40;

export interface TimelinePanels {
  readonly panels: readonly PanelData[];
  readonly absent: readonly string[];
  readonly notes: readonly string[];
  readonly gpuSeries: readonly SampleSeries[];
}

/** Everything under the requests. The costliest episodes are looked at more closely than the rest of the run. */
export async function timelinePanels(
  reader: TraceReader,
  diagnosis: Diagnosis,
  run: {
    readonly endNs: number;
    readonly losses: readonly Loss[];
    readonly events: readonly TraceEvent[];
    readonly nameOf: (sourceId: string) => string;
  },
): Promise<TimelinePanels> {
  let bucketsCount = 0;
  const windows = costliest(diagnosis.episodes, CLOSE_EPISODES_COUNT).map(({ startNs, endNs }) => {
    const lengthNs = endNs - startNs;
    return [Math.max(0, startNs - lengthNs), endNs + lengthNs] as const;
  });
  const telemetry = await telemetryPanels(reader, {
    nameOf: run.nameOf,
    edgesNs: (seriesCount) => {
      const room = POINTS_BUDGET_COUNT / POINTS_PER_BUCKET_COUNT / Math.max(1, seriesCount);
      bucketsCount = Math.round(Math.min(MOST_BUCKETS_COUNT, Math.max(LEAST_BUCKETS_COUNT, room / 2)));
      const finerCount = Math.ceil(bucketsCount / FINER_BUCKETS_SHARE);
      return bucketEdges(run.endNs, bucketsCount, { windows, finerCount });
    },
  });
  return {
    gpuSeries: telemetry.gpuSeries,
    panels: [...telemetry.panels, ...noticeLanes(diagnosis, run.losses, run.events)],
    absent: [
      ...telemetry.absent,
      ...(telemetry.panels.some(({ id }) => id === 'throttle')
        ? []
        : ['GPU throttle reasons: no GPU agent gave samples of it (run with --agent).']),
    ],
    notes:
      telemetry.panels.length === 0
        ? []
        : [
            `Samples are drawn as the first, the last, the smallest and the largest of each ${(run.endNs / bucketsCount / 1e6).toFixed(1)} ms${windows.length === 0 ? '' : `, and more closely around the ${windows.length} costliest episodes`}: no extreme is left out. Values are rounded to 1 in 20,000 of a line’s largest, times to 10 µs.`,
          ],
  };
}

/** What missed most first. */
export function costliest(episodes: readonly JudgedEpisode[], mostCount: number): readonly JudgedEpisode[] {
  return episodes.toSorted((a, b) => b.missedCount - a.missedCount).slice(0, mostCount);
}

export function episodeData({ episodeId, startNs, endNs, missedCount, verdict }: JudgedEpisode): EpisodeData {
  return {
    id: episodeId,
    fromTicks: toTicks(startNs),
    toTicks: toTicks(endNs),
    cause: verdict.claims.map(({ cause }) => cause).join(' + ') || 'unknown',
    missed: Math.round(missedCount * 10) / 10,
    isMasked: verdict.masked,
  };
}
