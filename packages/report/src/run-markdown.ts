import type { Diagnosis, Finding } from '@fluidscope/diagnosis';
import type { Distribution } from '@fluidscope/metrics';
import { NS_PER_MS } from '@fluidscope/units';
import { costText, findingHeadline } from './finding-text.js';
import { markdownCode, markdownText } from './markdown-text.js';
import { notJudgedLines } from './not-judged-text.js';
import { ownTermsNote } from './own-terms-note.js';
import type { RunSummary } from './run-summary.js';
import { duration, percent, plural } from './text-figures.js';
import type { TraceSources } from './trace-sources.js';

/** What a run was held to in CI, and whether it held it. */
export interface MarkdownGate {
  readonly text: string;
  readonly isMet: boolean;
}

export interface MarkdownOptions {
  readonly sources: TraceSources;
  readonly gates?: readonly MarkdownGate[];
}

const MOST_FINDINGS_COUNT = 3;
const MOST_FAILURES_COUNT = 5;

/** A run and its diagnosis for a pull request or the summary of a CI job: verdict, figures, findings; GitHub-flavoured Markdown. */
export function runMarkdown(
  summary: RunSummary,
  diagnosis: Diagnosis,
  { sources, gates = [] }: MarkdownOptions,
): string {
  const sections = [
    `### ${verdictText(summary)}`,
    gatesTable(gates),
    figuresTable(summary),
    loadText(summary),
    findingsText(diagnosis, sources),
    failuresTable(summary),
    warningsText(summary),
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

function verdictText({ fluidity, run }: RunSummary): string {
  const { fluidityIndex, missedDeadlinesCount: missedCount, totalDeadlinesCount: totalCount } = fluidity;
  const model = modelOf(run.config);
  const of = model === undefined ? '' : ` of ${markdownCode(model)}`;
  if (fluidityIndex === undefined) return `Nothing was measured${of}: no request produced a token`;
  return `Fluidity-index ${fluidityIndex.toFixed(4)}${of}: ${missedCount} of ${totalCount} deadlines missed`;
}

function modelOf(config: RunSummary['run']['config']): string | undefined {
  if (typeof config !== 'object' || config === null || !('model' in config)) return undefined;
  const model: unknown = config.model;
  return typeof model === 'string' ? model : undefined;
}

function gatesTable(gates: readonly MarkdownGate[]): string {
  return gates.length === 0
    ? ''
    : table(
        ['gate', ''],
        gates.map(({ text, isMet }) => [markdownText(text), isMet ? 'met' : '**not met**']),
      );
}

function figuresTable({ latency, fluidity }: RunSummary): string {
  const rows: readonly (readonly [label: string, distribution: Distribution | undefined])[] = [
    ['TTFT, ms', latency.ttftNs],
    ['TBT per gap, ms', latency.tbtNs],
    ['TPOT mean, ms', latency.tpotMeanNs],
    ['End to end, ms', latency.endToEndNs],
  ];
  const measured = rows.flatMap(([label, each]) =>
    each === undefined ? [] : [[label, ...[each.mean, each.p50, each.p90, each.p99, each.max].map(inMs)]],
  );
  const { perRequest } = fluidity;
  const spread =
    perRequest === undefined
      ? []
      : [
          [
            'Fluidity-index per request',
            ...(['mean', 'p50'] as const).map((at) => perRequest[at].toFixed(4)),
            '',
            '',
            '',
          ],
        ];
  return measured.length === 0
    ? ''
    : table(['', 'mean', 'p50', 'p90', 'p99', 'max'], [...measured, ...spread]);
}

function inMs(valueNs: number): string {
  return (valueNs / NS_PER_MS).toFixed(2);
}

function loadText({ load, goodput, fluidity }: RunSummary): string {
  const rate = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(2));
  const { ttftDeadlineNs, tbtDeadlineNs } = fluidity;
  const parts = [
    `${load.okCount} of ${plural(load.plannedCount, 'request')} ended well`,
    `${rate(load.sentRatePerS)} sent a second (asked ${rate(load.intendedRatePerS)})`,
    `${rate(load.outputTokenThroughputPerS)} tokens a second`,
    ...(goodput === undefined
      ? []
      : [
          `goodput ${rate(goodput.requestsPerS)} requests a second (${goodput.metCount} of ${goodput.requestsCount}${ownTermsNote(goodput)})`,
        ]),
    ...(ttftDeadlineNs === undefined || tbtDeadlineNs === undefined
      ? []
      : [`deadlines: first token ${duration(ttftDeadlineNs)}, later ones ${duration(tbtDeadlineNs)}`]),
  ];
  return parts.join(' · ');
}

function findingsText(diagnosis: Diagnosis, sources: TraceSources): string {
  const { findings } = diagnosis;
  if (findings.length === 0) return '';
  const shown = findings
    .slice(0, MOST_FINDINGS_COUNT)
    .map((finding, index) => `${index + 1}. ${findingText(finding, diagnosis, sources)}`);
  const rest = findings.slice(MOST_FINDINGS_COUNT);
  const restRatio = rest.reduce((sum, { missedRatio }) => sum + missedRatio, 0);
  const others = rest.map(({ cause }) => markdownCode(cause)).join(', ');
  return [
    '#### Why',
    '',
    ...shown,
    ...(rest.length === 0 ? [] : ['', `${markdownText(percent(restRatio))} have other causes: ${others}.`]),
    ...notJudgedLines(diagnosis).map((line) => `\nNot judged ${markdownText(line)}.`),
  ].join('\n');
}

function findingText(finding: Finding, diagnosis: Diagnosis, sources: TraceSources): string {
  const { cause, confidence, evidence, advice } = finding;
  const sure = confidence === undefined ? '' : `, confidence ${confidence.toFixed(2)}`;
  const cost = costText(finding, diagnosis);
  const lines = [
    `**${markdownText(findingHeadline(finding, diagnosis, sources))}** (${markdownCode(cause)}${sure})`,
    markdownText(`${evidence}${cost === undefined ? '' : `; ${cost}`}`),
    ...(advice === undefined ? [] : [`Do this: ${markdownText(advice)}`]),
  ];
  // A line of two spaces' indent goes on with the list's entry; two spaces at its end break the line.
  return lines.join('  \n   ');
}

function failuresTable({ failures }: RunSummary): string {
  if (failures.length === 0) return '';
  const rows = failures
    .slice(0, MOST_FAILURES_COUNT)
    .map(({ errorCode, httpStatus, count, example }) => [
      markdownCode(`${errorCode}${httpStatus === undefined ? '' : ` ${httpStatus}`}`),
      String(count),
      example === undefined ? '–' : markdownCode(example.slice(0, 120)),
    ]);
  return table(['failed', 'count', 'for example'], rows);
}

function warningsText({ warnings }: RunSummary): string {
  return warnings.map((warning) => `> ⚠ ${markdownText(warning)}`).join('\n>\n');
}

/** Cells are Markdown already. The first column is text, the others are figures. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = header.map((_, column) => (column === 0 ? '---' : '---:'));
  return [line(header), line(rule), ...rows.map(line)].join('\n');
}
