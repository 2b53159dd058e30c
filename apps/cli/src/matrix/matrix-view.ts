import type { CapacityBar, CapacityChart, CapacityMatrix } from '@fluidscope/report';
import type { CellAnswer, CellResult, LoadKind } from './cell-answer.js';
import type { MatrixCell } from './matrix-cells.js';
import type { MatrixResults } from './matrix-results.js';
import type { Matrix } from './matrix-schema.js';

export const UNITS: Readonly<Record<LoadKind, string>> = {
  request_rate: 'requests/s',
  concurrency: 'requests in flight',
};

/** Results as charts and tables have them: one chart a workload, systems beside each other under each SLO. */
export function matrixView(
  matrix: Matrix,
  cells: readonly MatrixCell[],
  results: MatrixResults,
): CapacityMatrix {
  const oneModel = matrix.models.length === 1;
  const systems = matrix.engines.flatMap((engine) =>
    matrix.models.map((model) => ({
      engine,
      model,
      name: oneModel ? engine.name : `${engine.name}, ${model.name}`,
    })),
  );
  const charts = matrix.workloads.map((workload): CapacityChart => {
    const own = cells.filter((cell) => cell.workload === workload);
    const bars = matrix.slos.map((slo) =>
      systems.map(({ engine, model }) =>
        barOf(
          own.find((cell) => cell.slo === slo && cell.engine === engine && cell.model === model),
          results,
        ),
      ),
    );
    return {
      title: workload.name,
      unit: unitOf(own, results),
      systems: systems.map(({ name }) => name),
      slos: matrix.slos.map(({ name, slo }) => ({ name, terms: slo })),
      bars,
    };
  });
  return { title: matrix.title ?? 'Capacity', charts, notes: notesOf(cells, results) };
}

function notesOf(cells: readonly MatrixCell[], results: MatrixResults): readonly string[] {
  const found = cells.map(({ key }) => results.get(key));
  const openCount = found.filter((result) => result === undefined).length;
  const endedBy = found.flatMap((result) =>
    result?.status === 'answered' ? (result.answer.ended_by ?? []) : [],
  );
  return [
    ...(openCount === 0 ? [] : [`${openCount} of ${cells.length} cells are not searched yet.`]),
    ...(endedBy.length === 0
      ? []
      : [
          `${endedBy.length} of ${cells.length} searches ended before they were as precise as asked (${[...new Set(endedBy)].join(', ')}): their intervals say how far they came.`,
        ]),
  ];
}

function barOf(cell: MatrixCell | undefined, results: MatrixResults): CapacityBar {
  const result: CellResult | undefined = cell && results.get(cell.key);
  if (result === undefined) return { kind: 'open' };
  if (result.status === 'failed') return { kind: 'failed', reason: result.reason };
  return answerBar(result.answer);
}

export function answerBar(answer: CellAnswer): CapacityBar {
  if (answer.kind !== 'found') return { kind: answer.kind, limit: answer.limit };
  const { estimate, low, high, binds } = answer;
  return { kind: 'found', estimate, low, high, binds };
}

function unitOf(cells: readonly MatrixCell[], results: MatrixResults): string {
  for (const { key } of cells) {
    const result = results.get(key);
    if (result?.status === 'answered') return UNITS[result.answer.by];
  }
  return UNITS.request_rate;
}
