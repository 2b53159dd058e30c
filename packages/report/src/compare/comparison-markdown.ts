import type { Comparison, JudgedGate } from '@fluidscope/compare';
import { markdownCode, markdownText } from '../markdown-text.js';
import {
  CAUSE_HEADER,
  causeRows,
  figureHeader,
  figureRows,
  GATE_HEADER,
  gateRows,
  runLines,
} from './comparison-figures.js';

/** Two runs side by side as GitHub-flavoured Markdown, for the summary of a CI job. */
export function comparisonMarkdown(comparison: Comparison, gates: readonly JudgedGate[]): string {
  const causes = causeRows(comparison);
  const cells = (rows: readonly (readonly string[])[]): readonly string[][] =>
    rows.map((row) => row.map(markdownText));
  const gateCells = gateRows(gates).map(([verdict = '', gate = '', ...rest]) => [
    markdownText(verdict),
    markdownCode(gate),
    ...rest.map(markdownText),
  ]);
  const parts = [
    '## Fluidscope comparison\n',
    runLines(comparison)
      .map((line) => `- ${markdownText(line)}\n`)
      .join(''),
    comparison.warnings.map((warning) => `- **Warning:** ${markdownText(warning)}\n`).join(''),
    gates.length === 0 ? '' : `### Gates\n\n${table(GATE_HEADER, gateCells)}`,
    table(figureHeader(comparison), cells(figureRows(comparison))),
    typeof causes === 'string' ? `${markdownText(causes)}\n` : table(CAUSE_HEADER, cells(causes)),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |\n`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('');
}
