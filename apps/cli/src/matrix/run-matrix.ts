import { messageOf } from '@fluidscope/errors';
import type { CellAnswer, CellResult } from './cell-answer.js';
import { cellName, type MatrixCell } from './matrix-cells.js';
import type { MatrixResults } from './matrix-results.js';

/** An engine that serves the cells of one engine and one model, for as long as it lives. */
export interface CellEngine {
  search(cell: MatrixCell): Promise<CellAnswer>;
  /** Why it serves no more; `undefined` while it does. */
  failure(): Error | undefined;
}

/** Port: starts what a group of cells runs on (nothing, where the file names a URL), lets `use` work, and stops it. */
export type WithCellEngine = (first: MatrixCell, use: (engine: CellEngine) => Promise<void>) => Promise<void>;

export interface MatrixParts {
  readonly cells: readonly MatrixCell[];
  readonly results: MatrixResults;
  readonly retryFailed: boolean;
  readonly withEngine: WithCellEngine;
  readonly interrupted: AbortSignal;
  readonly nowMs: () => number;
  readonly onCell?: (notice: CellNotice) => void;
}

export type CellNotice =
  | { readonly kind: 'begins'; readonly cell: MatrixCell; readonly number: number; readonly count: number }
  | { readonly kind: 'ends'; readonly cell: MatrixCell; readonly result: CellResult };

const MS_PER_S = 1_000;

/**
 * Searches every cell that has no answer yet, one after another; cells of one engine and model share one start of it. A cell that fails is kept with its
 * reason and ends no other; an engine that dies is started again for the next. An engine that cannot be started fails all of its cells at once: it would
 * not start for the next either.
 */
export async function runMatrix(parts: MatrixParts): Promise<void> {
  const pending = parts.cells.filter(({ key }) => isPending(parts, key));
  let doneCount = 0;
  for (const group of groupsOf(pending)) {
    const left = [...group];
    while (left.length > 0 && !parts.interrupted.aborted) {
      const before = left.length;
      await searchGroup(parts, left, (cell) =>
        parts.onCell?.({
          kind: 'begins',
          cell,
          number: doneCount + 1 + group.length - left.length,
          count: pending.length,
        }),
      );
      // An interruption takes no cell away and ends all; else each turn takes at least one.
      if (left.length === before) break;
    }
    doneCount += group.length;
  }
}

function isPending({ results, retryFailed }: MatrixParts, key: string): boolean {
  const found = results.get(key);
  return found === undefined || (retryFailed && found.status === 'failed');
}

function groupsOf(cells: readonly MatrixCell[]): readonly (readonly MatrixCell[])[] {
  const groups = new Map<string, MatrixCell[]>();
  for (const cell of cells) {
    const name = JSON.stringify([cell.engine.name, cell.model.name]);
    groups.set(name, [...(groups.get(name) ?? []), cell]);
  }
  return [...groups.values()];
}

/** Takes cells from `left` as they end, until none is left or the engine is gone. */
async function searchGroup(
  parts: MatrixParts,
  left: MatrixCell[],
  onBegin: (cell: MatrixCell) => void,
): Promise<void> {
  const [first] = left;
  if (first === undefined) return;
  try {
    await parts.withEngine(first, async (engine) => {
      for (let cell = left[0]; cell !== undefined; cell = left[0]) {
        onBegin(cell);
        const result = await searchCell(parts, cell, engine);
        if (parts.interrupted.aborted) return;
        left.shift();
        keep(parts, cell, result);
        if (engine.failure() !== undefined) return;
      }
    });
  } catch (thrown) {
    if (parts.interrupted.aborted) return;
    // It was thrown by the start or the stop: no cell is to blame, and none can be searched.
    for (const cell of left.splice(0)) keep(parts, cell, { status: 'failed', reason: messageOf(thrown) });
  }
}

async function searchCell({ nowMs }: MatrixParts, cell: MatrixCell, engine: CellEngine): Promise<CellResult> {
  const startedMs = nowMs();
  try {
    const answer = await engine.search(cell);
    const failure = engine.failure();
    if (failure !== undefined) return { status: 'failed', reason: failure.message };
    return { status: 'answered', answer, took_s: (nowMs() - startedMs) / MS_PER_S };
  } catch (thrown) {
    return { status: 'failed', reason: (engine.failure() ?? asError(thrown)).message };
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function keep({ results, onCell }: MatrixParts, cell: MatrixCell, result: CellResult): void {
  results.set(cell.key, cellName(cell), result);
  onCell?.({ kind: 'ends', cell, result });
}
