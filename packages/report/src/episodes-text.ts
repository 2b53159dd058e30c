import type { Diagnosis, JudgedEpisode } from '@fluidscope/diagnosis';
import type { DiagnosisView } from './diagnosis-view.js';
import { renderTable } from './render-table.js';
import { duration } from './text-figures.js';

const MOST_EPISODES_COUNT = 20;

interface Column {
  readonly title: string;
  readonly cell: (episode: JudgedEpisode) => string;
  /** Left out of a terminal that is too narrow for all. */
  readonly isDetail?: true;
}

const COLUMNS: readonly Column[] = [
  { title: 'episode', cell: ({ episodeId }) => episodeId },
  { title: 'at, s', cell: ({ startNs }) => (startNs / 1e9).toFixed(3) },
  { title: 'length', cell: ({ startNs, endNs }) => duration(endNs - startNs) },
  { title: 'missed', cell: ({ missedCount }) => missedCount.toFixed(1) },
  { title: 'phase', cell: ({ phase }) => (phase === 'decode' ? 'decode' : 'first token'), isDetail: true },
  { title: 'streams', cell: streamsText, isDetail: true },
  { title: 'scope', cell: ({ scope }) => scope ?? '-', isDetail: true },
  { title: 'catch-up', cell: ({ catchUpRatio }) => catchUpRatio?.toFixed(2) ?? '-', isDetail: true },
  { title: 'sure', cell: ({ verdict }) => verdict.claims[0]?.confidence.toFixed(2) ?? '-', isDetail: true },
  { title: 'cause', cell: causeText },
];

/** The costliest episodes in order of time; empty without any. */
export function episodesText({ episodes }: Diagnosis, { columns }: DiagnosisView): string {
  if (episodes.length === 0) return '';
  const costliest = new Set(
    episodes.toSorted((a, b) => b.missedCount - a.missedCount).slice(0, MOST_EPISODES_COUNT),
  );
  const shown = episodes.filter((episode) => costliest.has(episode));
  const title =
    shown.length < episodes.length
      ? `The ${shown.length} costliest of ${episodes.length} episodes`
      : 'Episodes';
  const whole = tableOf(COLUMNS, shown);
  const fits = whole.split('\n').every((line) => line.length <= columns);
  const table = fits
    ? whole
    : tableOf(
        COLUMNS.filter(({ isDetail }) => isDetail !== true),
        shown,
      );
  return `${title}\n${table}`;
}

function tableOf(columns: readonly Column[], episodes: readonly JudgedEpisode[]): string {
  return renderTable(
    columns.map(({ title }) => title),
    episodes.map((episode) => columns.map(({ cell }) => cell(episode))),
    columns.map(({ title }) => (title === 'episode' || title === 'cause' ? 'left' : 'right')),
  );
}

function streamsText({ phase, stalls, decodingStreamsCount }: JudgedEpisode): string {
  const stalledCount = new Set(stalls.map(({ stream }) => stream)).size;
  return phase === 'decode' ? `${stalledCount} of ${decodingStreamsCount}` : String(stalledCount);
}

function causeText({ verdict }: JudgedEpisode): string {
  const causes = verdict.claims.map(({ cause }) => cause).join(' + ') || 'unknown';
  return verdict.masked ? `${causes} (masked)` : causes;
}
