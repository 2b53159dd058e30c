import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { matrixCells, type MatrixCell } from './matrix-cells.js';
import { MatrixResults } from './matrix-results.js';
import { readMatrix } from './read-matrix.js';
import { runMatrix, type MatrixParts } from './run-matrix.js';
import { MATRIX_YAML } from './testing/matrices.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fluidscope-matrix-'));
  path = join(folder, 'matrix.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Played {
  /** `engine/slo` of each search, and `start` of each engine. */
  readonly steps: readonly string[];
  readonly results: MatrixResults;
}

type Outcome = 'answer' | 'throw' | 'die' | 'interrupt';

async function play(
  outcomeOf: (cell: MatrixCell) => Outcome,
  given: Partial<MatrixParts> & { readonly failsToStart?: string; readonly yaml?: string } = {},
): Promise<Played> {
  const steps: string[] = [];
  const results = MatrixResults.open(path);
  const interrupted = new AbortController();
  await runMatrix({
    cells: matrixCells(readMatrix(given.yaml ?? MATRIX_YAML, 'm.yaml').matrix),
    results,
    retryFailed: false,
    interrupted: interrupted.signal,
    nowMs: () => 0,
    withEngine: async (first, use) => {
      steps.push(`start ${first.engine.name}`);
      if (first.engine.name === given.failsToStart) throw new Error('no such program');
      let failure: Error | undefined;
      await use({
        failure: () => failure,
        search: async (cell) => {
          steps.push(`${cell.engine.name}/${cell.slo.name}`);
          const outcome = outcomeOf(cell);
          if (outcome === 'interrupt') interrupted.abort();
          if (outcome === 'die') failure = new Error('SIGSEGV ended it');
          if (outcome !== 'answer') throw new Error('the search ended');
          return { kind: 'found', by: 'request_rate', estimate: 5, low: 4, high: 6 };
        },
      });
    },
    ...given,
  });
  return { steps, results };
}

const ALL = [
  'start chunked',
  'chunked/strict',
  'chunked/loose',
  'start hosted',
  'hosted/strict',
  'hosted/loose',
];

it('starts an engine once for all of its cells, and searches no cell twice', async () => {
  expect((await play(() => 'answer')).steps).toEqual(ALL);
  expect((await play(() => 'answer')).steps).toEqual([]);
});

it('goes on where it was interrupted, with the cell that was cut short', async () => {
  const first = await play((cell) => (cell.engine.name === 'hosted' ? 'interrupt' : 'answer'));
  expect(first.steps).toEqual(ALL.slice(0, 5));
  expect((await play(() => 'answer')).steps).toEqual(ALL.slice(3));
});

it('keeps why a cell failed, ends no other by it, and tries it again when asked', async () => {
  const { steps, results } = await play((cell) => (cell.slo.name === 'strict' ? 'throw' : 'answer'));
  expect(steps).toEqual(ALL);
  const [failed] = matrixCells(readMatrix(MATRIX_YAML, 'm.yaml').matrix);
  expect(results.get(failed?.key ?? '')).toEqual({ status: 'failed', reason: 'the search ended' });
  expect((await play(() => 'answer')).steps).toEqual([]);
  expect((await play(() => 'answer', { retryFailed: true })).steps).toEqual(
    ALL.filter((step) => !step.includes('loose')),
  );
});

it('starts an engine again that died under a cell, and keeps why it died', async () => {
  const { steps, results } = await play((cell) => (cell.slo.name === 'strict' ? 'die' : 'answer'));
  expect(steps.slice(0, 4)).toEqual(['start chunked', 'chunked/strict', 'start chunked', 'chunked/loose']);
  const [died] = matrixCells(readMatrix(MATRIX_YAML, 'm.yaml').matrix);
  expect(results.get(died?.key ?? '')).toMatchObject({ reason: 'SIGSEGV ended it' });
});

it('fails all cells of an engine that does not start, once, and goes on with the next', async () => {
  const { steps } = await play(() => 'answer', { failsToStart: 'chunked' });
  expect(steps).toEqual(['start chunked', 'start hosted', 'hosted/strict', 'hosted/loose']);
});

it('searches again what was changed in the file, and that alone', async () => {
  await play(() => 'answer');
  const yaml = MATRIX_YAML.replace('0.9@90%', '0.8@90%');
  expect((await play(() => 'answer', { yaml })).steps).toEqual([
    'start chunked',
    'chunked/loose',
    'start hosted',
    'hosted/loose',
  ]);
});

it('refuses results that are none', () => {
  writeFileSync(path, '{"version":1,"cells":{"a":1}}');
  expect(() => MatrixResults.open(path)).toThrow('Expected the results of a matrix');
});
