import type { Diagnosis } from '@fluidscope/diagnosis';
import { readRecordedConfig, type TraceReader } from '@fluidscope/trace-schema';
import type { PageData } from '../page-data/page-data.js';
import { summariseTrace } from '../run-summary.js';
import { readTraceSources, type TraceSources } from '../trace-sources.js';
import { curvesOf } from './curves.js';
import { distributionsSection } from './distributions-section.js';
import { loadSection } from './load-section.js';
import { html } from './html.js';
import { offlinePage } from './offline-page.js';
import { requestsData } from './requests-data.js';
import { readTracks, type RequestTrack } from './request-tracks.js';
import { pageHeader } from './page-header.js';
import { TICK_NS, toTicks } from './ticks.js';
import { episodeData, timelinePanels } from './timeline-data.js';
import { timelineSection } from './timeline-section.js';
import { trustSection } from './trust-section.js';
import { verdictSection } from './verdict-section.js';

/**
 * A run and its diagnosis as one HTML document that needs no network and no other file. Every text of the trace is escaped. Under 5 MB for a
 * million tokens and 8 GPUs; what was thinned out for that is said in the page.
 */
export async function reportPage(reader: TraceReader, diagnosis: Diagnosis): Promise<string> {
  const summary = await summariseTrace(reader);
  const sources = await readTraceSources(reader);
  const short = shortNames(sources);
  const tracks = await readTracks(reader, diagnosis.deadlines);
  const endNs = endOf(summary.run.end?.endedNs ?? 0, tracks);
  const requests = requestsData(tracks, endNs);
  const timeline = await timelinePanels(reader, diagnosis, {
    endNs,
    losses: summary.losses,
    events: await reader.events(),
    nameOf: (sourceId) => short.names.get(sourceId) ?? sourceId,
  });
  const prefill = readRecordedConfig(summary.run.config)?.prefill_profile;
  const curves = curvesOf(tracks, diagnosis.deadlines, prefill);
  const data: PageData = {
    tickNs: TICK_NS,
    endTicks: toTicks(endNs),
    requests: requests.data,
    episodes: diagnosis.episodes.map(episodeData),
    panels: timeline.panels,
    curves,
    ttftDeadlineS: diagnosis.deadlines.ttftDeadlineNs / 1e9,
    tbtDeadlineS: diagnosis.deadlines.tbtDeadlineNs / 1e9,
  };
  const notes = [...requests.notes, ...timeline.notes];
  return offlinePage({
    title: `Fluidscope report: ${summary.run.runId}`,
    header: pageHeader(summary),
    main: html`${verdictSection(summary, diagnosis, short)}
    ${timelineSection(diagnosis, { notes, absent: timeline.absent })} ${distributionsSection(summary, curves)}
    ${loadSection(summary, curves)}
    ${trustSection(summary, { diagnosis, sources, gpuSeries: timeline.gpuSeries, absent: timeline.absent })}`,
    data,
  });
}

function endOf(endedNs: number, tracks: readonly RequestTrack[]): number {
  return tracks.reduce(
    (latest, { row, chunks }) =>
      Math.max(latest, row.endedNs ?? 0, row.sentNs ?? row.intendedNs, chunks.arrivalsNs.at(-1) ?? 0),
    Math.max(endedNs, 1_000_000),
  );
}

/** Headlines and strips have no room for a board and a UUID; the section on trust has the long names. */
function shortNames(sources: TraceSources): TraceSources {
  return {
    ...sources,
    names: new Map([...sources.names].map(([id, name]) => [id, name.replace(/ \(.*\)$/, '')])),
  };
}
