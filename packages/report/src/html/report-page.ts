import type { Diagnosis } from '@fluidscope/diagnosis';
import { readRecordedConfig, type TraceReader } from '@fluidscope/trace-schema';
import type { PageData } from '../page-data/page-data.js';
import { summariseTrace } from '../run-summary.js';
import { readTraceSources, type TraceSources } from '../trace-sources.js';
import { curvesOf } from './curves.js';
import { distributionsSection } from './distributions-section.js';
import { loadSection } from './load-section.js';
import { html, jsonForScript, raw } from './html.js';
import { PAGE_SCRIPT, PAGE_STYLE } from './page-bundle.js';
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
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
        />
        <title>Fluidscope report: ${summary.run.runId}</title>
        <style>
          ${raw(PAGE_STYLE)}
        </style>
      </head>
      <body>
        ${pageHeader(summary)}
        <main id="main">
          ${verdictSection(summary, diagnosis, short)}
          ${timelineSection(diagnosis, { notes, absent: timeline.absent })}
          ${distributionsSection(summary, curves)} ${loadSection(summary, curves)}
          ${trustSection(summary, { diagnosis, sources, gpuSeries: timeline.gpuSeries, absent: timeline.absent })}
        </main>
        <script type="application/json" id="report-data">
          ${jsonForScript(data)}
        </script>
        <script>
          ${raw(PAGE_SCRIPT)};
        </script>
      </body>
    </html> `.markup;
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
