import type { Diagnosis, Finding, JudgedEpisode } from '@fluidscope/diagnosis';
import { durationNs, formatDuration } from '@fluidscope/units';
import { renderTable } from './render-table.js';

const MOST_EPISODES_COUNT = 20;

/** A diagnosis for a terminal: what cost most first, then the costliest episodes in order of time. */
export function formatDiagnosis(diagnosis: Diagnosis): string {
  return [
    headline(diagnosis),
    ...diagnosis.findings.map((finding) => findingText(finding, diagnosis)),
    episodesText(diagnosis),
    notJudgedText(diagnosis),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function headline({ streamsCount, missedCount, totalCount, fluidityIndex, deadlines }: Diagnosis): string {
  if (fluidityIndex === undefined) return 'No measured request ended well: there is nothing to diagnose.\n';
  const limits = `first token in ${duration(deadlines.ttftDeadlineNs)}, later ones ${duration(deadlines.tbtDeadlineNs)} apart`;
  const missed = missedCount === 0 ? 'no deadline' : `${missedCount} of ${totalCount} deadlines`;
  return `fluidity-index ${fluidityIndex.toFixed(4)}: ${missed} missed over ${streamsCount} requests (${limits})\n`;
}

function findingText(finding: Finding, { fluidityIndex }: Diagnosis): string {
  const { cause, kind, missedRatio, confidence, maskedMissedCount, missedCount, fluidityIndexWithout } =
    finding;
  const where =
    kind === 'stalls' ? plural(finding.episodesCount, 'stall episode') : 'streams that were slow throughout';
  const sure = confidence === undefined ? '' : `, confidence ${confidence.toFixed(2)}`;
  const without =
    fluidityIndexWithout === undefined
      ? ''
      : `  Without them the fluidity-index would be ${fluidityIndexWithout.toFixed(4)} instead of ${fluidityIndex?.toFixed(4) ?? '-'} (arrivals, batching and queueing held fixed).\n`;
  const masked =
    maskedMissedCount === 0 || cause === 'client_lag'
      ? ''
      : `  ${percent(maskedMissedCount / missedCount)} of these fell in windows that cannot be judged: the client itself was late.\n`;
  const todo = finding.advice === undefined ? '' : `  ${finding.advice}\n`;
  return `${percent(missedRatio)} of missed deadlines, ${where}: ${cause}${sure}\n  ${finding.evidence}\n${without}${masked}${todo}`;
}

function episodesText({ episodes }: Diagnosis): string {
  if (episodes.length === 0) return '';
  const costliest = new Set(
    episodes.toSorted((a, b) => b.missedCount - a.missedCount).slice(0, MOST_EPISODES_COUNT),
  );
  const shown = episodes.filter((episode) => costliest.has(episode));
  const title =
    shown.length < episodes.length
      ? `The ${shown.length} costliest of ${episodes.length} episodes`
      : 'Episodes';
  const header = ['episode', 'at, s', 'length', 'missed', 'phase', 'streams', 'scope', 'catch-up', 'cause'];
  return `${title}\n${renderTable(header, shown.map(episodeRow))}`;
}

function notJudgedText({ missedCount, notJudged }: Diagnosis): string {
  if (missedCount === 0 || notJudged.length === 0) return '';
  const lines = Object.entries(MISSING).flatMap(([kind, what]) => {
    const causes = notJudged.filter(({ missing }) => missing.includes(kind as keyof typeof MISSING));
    return causes.length === 0 ? [] : [`  without ${what}: ${causes.map(({ cause }) => cause).join(', ')}\n`];
  });
  return `Could not be judged\n${lines.join('')}`;
}

const MISSING = {
  gpu: 'a GPU agent (run --agent)',
  host: 'an agent on the server’s host (run --agent)',
  server: 'the server’s own metrics (run --server-metrics)',
  client: 'samples of the client itself',
} as const;

function episodeRow(episode: JudgedEpisode): string[] {
  const stalledCount = new Set(episode.stalls.map(({ stream }) => stream)).size;
  return [
    episode.episodeId,
    (episode.startNs / 1e9).toFixed(3),
    duration(episode.endNs - episode.startNs),
    episode.missedCount.toFixed(1),
    episode.phase === 'decode' ? 'decode' : 'first token',
    episode.phase === 'decode' ? `${stalledCount} of ${episode.decodingStreamsCount}` : String(stalledCount),
    episode.scope ?? '-',
    episode.catchUpRatio?.toFixed(2) ?? '-',
    causeText(episode),
  ];
}

function causeText({ verdict }: JudgedEpisode): string {
  const causes = verdict.claims.map(({ cause }) => cause).join(' + ') || 'unknown';
  return verdict.masked ? `${causes} (masked)` : causes;
}

function duration(ns: number): string {
  return formatDuration(durationNs(Math.round(ns)));
}

function percent(ratio: number): string {
  return ratio > 0 && ratio < 0.005 ? '< 1 %' : `${(100 * ratio).toFixed(0)} %`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
