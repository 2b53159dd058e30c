import type { Diagnosis, JudgedEpisode } from '@fluidscope/diagnosis';
import { duration } from '../text-figures.js';
import { html, type Html } from './html.js';
import { dataTable } from './data-table.js';
import { costliest } from './timeline-data.js';
import { evidenceButton } from './verdict-section.js';

const MOST_EPISODES_COUNT = 200;

/** The heart of the page: the script draws into it; what it says stands in tables too. */
export function timelineSection(
  diagnosis: Diagnosis,
  { notes, absent }: { readonly notes: readonly string[]; readonly absent: readonly string[] },
): Html {
  return html`<section id="timeline" aria-labelledby="timeline-title">
    <h2 id="timeline-title">Timeline</h2>
    <p class="hint">
      Drag to zoom, drag with Shift to move, double-click for the whole run. With the keyboard, on the chart:
      arrows move the cursor, + and − zoom, Page Up and Page Down move the window, Home shows the whole run.
    </p>
    <noscript><p>The charts need JavaScript. The tables below hold what was found.</p></noscript>
    <div id="timeline-root"></div>
    ${legend()}
    <details class="notes" ${notes.length === 0 ? '' : 'open'}>
      <summary>What is drawn, and what is not</summary>
      <ul>
        ${[...(notes.length === 0 ? ['Every token arrival and every sample is drawn.'] : notes), ...absent].map((note) => html`<li>${note}</li>`)}
      </ul>
    </details>
    ${episodesTable(diagnosis)}
  </section>`;
}

function legend(): Html {
  const entries: readonly (readonly [kind: string, text: string])[] = [
    ['wait', 'waiting for the first token'],
    ['token', 'tokens'],
    ['miss', 'token after its deadline'],
    ['episode', 'stall episode'],
    ['failed', 'request that did not end well'],
    ['warmup', 'warm-up'],
  ];
  return html`<ul class="legend" aria-label="Signs in the row of requests">
    ${entries.map(([kind, text]) => html`<li><span class="sign ${kind}" aria-hidden="true"></span>${text}</li>`)}
  </ul>`;
}

function episodesTable({ episodes }: Diagnosis): Html {
  if (episodes.length === 0)
    return html`<h3>Stall episodes</h3>
      <p>None: no stall missed a deadline.</p>`;
  const shown = costliest(episodes, MOST_EPISODES_COUNT);
  const title =
    shown.length < episodes.length
      ? `The ${shown.length} costliest of ${episodes.length} stall episodes`
      : 'Stall episodes, costliest first';
  return html`<h3>Stall episodes</h3>
    ${dataTable(
      title,
      ['Show', 'Length', 'Missed', 'Phase', 'Streams', 'Cause', 'Confidence', 'Evidence'],
      shown.map((episode) => [evidenceButton(episode), ...episodeCells(episode)]),
    )}`;
}

function episodeCells(episode: JudgedEpisode): readonly string[] {
  const { startNs, endNs, missedCount, phase, stalls, decodingStreamsCount, verdict } = episode;
  const stalledCount = new Set(stalls.map(({ stream }) => stream)).size;
  const [claim] = verdict.claims;
  return [
    duration(endNs - startNs),
    missedCount.toFixed(1),
    phase === 'decode' ? 'decode' : 'first token',
    phase === 'decode' ? `${stalledCount} of ${decodingStreamsCount}` : String(stalledCount),
    `${verdict.claims.map(({ cause }) => cause).join(' + ') || 'unknown'}${verdict.masked ? ' (masked)' : ''}`,
    claim?.confidence.toFixed(2) ?? '–',
    claim?.evidence ?? verdict.unknownBecause,
  ];
}
