import type { Diagnosis, NotJudged } from '@fluidscope/diagnosis';
import type { DiagnosisView } from './diagnosis-view.js';
import { wrapText } from './wrap-text.js';

const MISSING: Readonly<Record<NotJudged['missing'][number], string>> = {
  gpu: 'a GPU agent (run --agent)',
  host: 'an agent on the server’s host (run --agent)',
  server: 'the server’s own metrics (run --server-metrics)',
  client: 'samples of the client itself',
};

/** Each kind of source that is missing, with the causes that want it; empty when no deadline was missed. */
export function notJudgedLines({ missedCount, notJudged }: Diagnosis): readonly string[] {
  if (missedCount === 0) return [];
  return Object.entries(MISSING).flatMap(([kind, what]) => {
    const causes = notJudged.filter(({ missing }) => missing.some((each) => each === kind));
    return causes.length === 0 ? [] : [`without ${what}: ${causes.map(({ cause }) => cause).join(', ')}`];
  });
}

export function notJudgedText(diagnosis: Diagnosis, { columns }: DiagnosisView): string {
  const lines = notJudgedLines(diagnosis).map((line) => `${wrapText(`  ${line}`, columns, 4)}\n`);
  return lines.length === 0 ? '' : `Could not be judged\n${lines.join('')}`;
}
