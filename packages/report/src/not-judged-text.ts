import type { Diagnosis, MaskedWindow, NotJudged } from '@fluidscope/diagnosis';
import type { DiagnosisView } from './diagnosis-view.js';
import { duration, plural } from './text-figures.js';
import { wrapText } from './wrap-text.js';

const MISSING: Readonly<Record<NotJudged['missing'][number], string>> = {
  gpu: 'a GPU agent (run --agent)',
  host: 'an agent on the server’s host (run --agent)',
  server: 'the server’s own metrics (run --server-metrics)',
  client: 'samples of the client itself',
  engine_log: 'the engine’s own log, which would do as well (run --engine-log)',
};

/** Each kind of source that is missing, with the causes that want it; empty when no deadline was missed. */
export function notJudgedLines({ missedCount, notJudged }: Diagnosis): readonly string[] {
  if (missedCount === 0) return [];
  return Object.entries(MISSING).flatMap(([kind, what]) => {
    const causes = notJudged.filter(({ missing }) => missing.some((each) => each === kind));
    return causes.length === 0 ? [] : [`without ${what}: ${causes.map(({ cause }) => cause).join(', ')}`];
  });
}

/** Causes, time and requests that no verdict covers, and why. */
export function notJudgedText(diagnosis: Diagnosis, { sources, columns }: DiagnosisView): string {
  const nameOf = (sourceId: string): string => sources.names.get(sourceId) ?? sourceId;
  const all = [
    ...notJudgedLines(diagnosis),
    ...maskedLines(diagnosis, nameOf),
    ...diagnosis.lost.map(
      ({ sourceId, lostNs, reasons }) => `${duration(lostNs)} of ${nameOf(sourceId)}: ${reasons.join(', ')}`,
    ),
    ...diagnosis.leftOut.map(
      ({ reason, requestsCount }) => `${plural(requestsCount, 'request')}: ${reason.replaceAll('_', ' ')}`,
    ),
    ...(diagnosis.isCutShort ? ['what came after the trace was cut short'] : []),
  ];
  const lines = all.map((line) => `${wrapText(`  ${line}`, columns, 4)}\n`);
  return lines.length === 0 ? '' : `Could not be judged\n${lines.join('')}`;
}

const MASKED: Readonly<Record<MaskedWindow['reason'], string>> = {
  client_lag: 'the client stamped tokens late',
  sends_behind: 'the client sent requests late',
  clock_bound: 'its clock was not known well enough',
};

/** Masked time by who and why: a run may have thousands of such windows. */
function maskedLines({ masked }: Diagnosis, nameOf: (sourceId: string) => string): string[] {
  const sums = new Map<string, number>();
  for (const { sourceId, reason, fromNs, toNs } of masked) {
    const key = `of ${sourceId === 'client' ? 'the client' : nameOf(sourceId)}: ${MASKED[reason]}`;
    sums.set(key, (sums.get(key) ?? 0) + toNs - fromNs);
  }
  return [...sums].map(([key, ns]) => `${duration(ns)} ${key}`);
}
