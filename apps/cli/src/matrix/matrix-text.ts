import { capacityText, renderTable, type CapacityChart, type CapacityMatrix } from '@fluidscope/report';
import type { Json } from '@fluidscope/trace-schema';
import type { CellResult } from './cell-answer.js';
import { cellName, type MatrixCell } from './matrix-cells.js';
import type { MatrixResults } from './matrix-results.js';
import { answerBar, UNITS } from './matrix-view.js';

export function matrixText({ title, charts, notes }: CapacityMatrix): string {
  const tables = charts.map((chart) => {
    const { header, rows } = tableOf(chart);
    return `\n${chart.title} (${chart.unit})\n${renderTable(header, rows)}`;
  });
  return `${title}\n${notes.map((note) => `  ${note}\n`).join('')}${tables.join('')}`;
}

export function matrixMarkdown({ title, charts, notes }: CapacityMatrix): string {
  const sections = charts.map((chart) => {
    const { header, rows } = tableOf(chart);
    const lines = [header, header.map((_, column) => (column === 0 ? '---' : '---:')), ...rows];
    const terms = chart.slos.map((slo) => `- ${escapeCell(slo.name)}: \`${slo.terms}\`\n`);
    return `\n## ${chart.title} (${chart.unit})\n\n${lines.map((cells) => `| ${cells.map(escapeCell).join(' | ')} |\n`).join('')}\n${terms.join('')}`;
  });
  return `# ${title}\n${notes.map((note) => `\n${note}\n`).join('')}${sections.join('')}`;
}

/** Every cell by its names, with its answer as it was found. */
export function matrixJson(cells: readonly MatrixCell[], results: MatrixResults, folder: string): Json {
  return {
    folder,
    cells: cells.map((cell) => ({
      engine: cell.engine.name,
      model: cell.model.name,
      workload: cell.workload.name,
      slo: cell.slo.name,
      slo_terms: cell.slo.slo,
      ...(results.get(cell.key) ?? { status: 'open' as const }),
    })) as Json,
  };
}

/** `12.3 (11.8 to 12.9) requests/s`, `failed: …`. */
export function resultText(result: CellResult): string {
  if (result.status === 'failed') return `failed: ${firstLine(result.reason)}`;
  return `${capacityText(answerBar(result.answer))} ${UNITS[result.answer.by]}`;
}

/** Failed cells by name, with the first line of why. */
export function failureLines(cells: readonly MatrixCell[], results: MatrixResults): readonly string[] {
  return cells.flatMap((cell) => {
    const result = results.get(cell.key);
    return result?.status === 'failed' ? [`${cellName(cell)}: ${firstLine(result.reason)}`] : [];
  });
}

/** Systems below each other, SLOs beside each other. */
function tableOf({ systems, slos, bars }: CapacityChart): {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
} {
  return {
    header: ['', ...slos.map(({ name }) => name)],
    rows: systems.map((system, column) => [
      system,
      ...bars.map((row) => {
        const bar = row[column];
        return bar === undefined ? '-' : capacityText(bar);
      }),
    ]),
  };
}

function firstLine(text: string): string {
  return text.split('\n', 1).join('');
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
