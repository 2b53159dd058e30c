import type { Diagnosis } from '@fluidscope/diagnosis';
import type { DiagnosisView } from './diagnosis-view.js';
import { episodesText } from './episodes-text.js';
import { ttftDeadlineText } from './first-token-deadlines.js';
import { findingText } from './finding-text.js';
import { measuredByText } from './measured-by-text.js';
import { notJudgedText } from './not-judged-text.js';
import { duration, plural } from './text-figures.js';
import { wrapText } from './wrap-text.js';

/** A diagnosis for a terminal: what cost most first, then the costliest episodes in order of time, then what limits both. */
export function formatDiagnosis(diagnosis: Diagnosis, view: DiagnosisView): string {
  return [
    headline(diagnosis, view),
    ...diagnosis.findings.map((finding) => findingText(finding, diagnosis, view)),
    episodesText(diagnosis, view),
    notJudgedText(diagnosis, view),
    measuredByText(diagnosis, view),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function headline(
  {
    streamsCount,
    enginesCount,
    missedCount,
    totalCount,
    fluidityIndex,
    deadlines,
    ownTtftDeadlines,
  }: Diagnosis,
  { columns }: DiagnosisView,
): string {
  if (fluidityIndex === undefined) return 'No measured request ended well: there is nothing to diagnose.\n';
  const limits = `${ttftDeadlineText(deadlines.ttftDeadlineNs, ownTtftDeadlines)}, later ones ${duration(deadlines.tbtDeadlineNs)} apart`;
  const engines = enginesCount > 1 ? ` of ${enginesCount} engines` : '';
  const missed = missedCount === 0 ? 'no deadline' : `${missedCount} of ${totalCount} deadlines`;
  return `${wrapText(
    `fluidity-index ${fluidityIndex.toFixed(4)}: ${missed} missed over ${plural(streamsCount, 'request')}${engines} (${limits})`,
    columns,
    2,
  )}\n`;
}
