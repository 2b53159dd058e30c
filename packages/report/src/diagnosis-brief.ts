import type { Diagnosis, Finding } from '@fluidscope/diagnosis';
import type { DiagnosisView } from './diagnosis-view.js';
import { costText, findingHeadline } from './finding-text.js';
import { notJudgedLines } from './not-judged-text.js';
import { percent } from './text-figures.js';
import { wrapText } from './wrap-text.js';

const MOST_FINDINGS_COUNT = 3;

/** The short form that ends a run: what cost most, a line of advice each, and what could not be judged. Empty where there was no deadline. */
export function formatDiagnosisBrief(diagnosis: Diagnosis, view: DiagnosisView): string {
  const { findings, missedCount, fluidityIndex } = diagnosis;
  if (fluidityIndex === undefined) return '';
  const shown = findings.slice(0, MOST_FINDINGS_COUNT);
  const rest = findings.slice(MOST_FINDINGS_COUNT);
  const restRatio = rest.reduce((sum, { missedRatio }) => sum + missedRatio, 0);
  const lines = [
    ...(missedCount === 0 ? ['  no deadline was missed'] : []),
    ...shown.flatMap((finding) => briefLines(finding, diagnosis, view)),
    ...(rest.length === 0
      ? []
      : [`  ${percent(restRatio)} have other causes: ${rest.map(({ cause }) => cause).join(', ')}`]),
    ...notJudgedLines(diagnosis).map((line) => `  not judged ${line}`),
  ];
  return `Diagnosis\n${lines.map((line) => `${wrapText(line, view.columns, 6)}\n`).join('')}`;
}

function briefLines(finding: Finding, diagnosis: Diagnosis, { sources }: DiagnosisView): string[] {
  const { cause, confidence, evidence, advice } = finding;
  const sure = confidence === undefined ? cause : `${cause}, confidence ${confidence.toFixed(2)}`;
  const cost = costText(finding, diagnosis);
  return [
    `  ${findingHeadline(finding, diagnosis, sources)} (${sure})`,
    `    ${evidence}${cost === undefined ? '' : `; ${cost}`}`,
    ...(advice === undefined ? [] : [`    do this: ${advice}`]),
  ];
}
