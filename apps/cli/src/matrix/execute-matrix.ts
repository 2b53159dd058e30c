import { FluidscopeError, messageOf, UsageError } from '@fluidscope/errors';
import { capacityMatrixPage } from '@fluidscope/report';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { CliContext } from '../cli-context.js';
import { withEngine, type ServedEngine } from '../launch/with-engine.js';
import type { CellSearch, PreparedCell } from './cell-search.js';
import { cellName, matrixCells, type MatrixCell } from './matrix-cells.js';
import { MatrixResults } from './matrix-results.js';
import type { Matrix } from './matrix-schema.js';
import { failureLines, matrixJson, matrixMarkdown, matrixText, resultText } from './matrix-text.js';
import { matrixView } from './matrix-view.js';
import { prepareCells } from './prepare-cells.js';
import { readMatrix } from './read-matrix.js';
import { runMatrix, type CellNotice, type WithCellEngine } from './run-matrix.js';

export interface MatrixFlags {
  readonly output?: string;
  readonly retryFailed?: true;
  readonly json?: true;
  readonly quiet?: true;
}

/** `fluidscope matrix FILE`: searches what has no answer yet, writes page, table and results, and prints them. */
export async function executeMatrix(
  path: string,
  flags: MatrixFlags,
  { context, search }: { readonly context: CliContext; readonly search: CellSearch },
): Promise<void> {
  const { matrix, placeOf } = readMatrix(readText(path), path);
  const cells = matrixCells(matrix);
  const prepared = await prepareCells(cells, { placeOf, search, env: context.env });
  const folder = flags.output ?? `${basename(path).replace(/\.ya?ml$/, '')}.matrix`;
  mkdirSync(folder, { recursive: true });
  const results = MatrixResults.open(join(folder, 'matrix.json'));
  await runMatrix({
    cells,
    results,
    retryFailed: flags.retryFailed ?? false,
    withEngine: engineStarter({ prepared, folder, context, quiet: flags.quiet ?? false }),
    interrupted: context.interrupted,
    nowMs: () => performance.now(),
    onCell: (notice) => {
      if (flags.quiet !== true) context.stderr.write(`${noticeText(notice)}\n`);
    },
  });
  tell({ matrix, cells, results, folder }, flags, context);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new UsageError([`Expected a matrix for ${path} but received: ${messageOf(thrown)}`]);
  }
}

interface StarterParts {
  readonly prepared: ReadonlyMap<string, PreparedCell>;
  readonly folder: string;
  readonly context: CliContext;
  readonly quiet: boolean;
}

function engineStarter({ prepared, folder, context, quiet }: StarterParts): WithCellEngine {
  const preparedOf = ({ key }: MatrixCell): PreparedCell => {
    const found = prepared.get(key);
    if (found === undefined) throw new Error(`Expected the cell ${key} to be prepared but it is not`);
    return found;
  };
  return async (first, use) => {
    const { launch } = preparedOf(first);
    const serve = (engine: ServedEngine | undefined): Promise<void> =>
      use({
        failure: () => engine?.failure(),
        search: (cell) =>
          preparedOf(cell).search({
            folder: pointsFolder(folder, cell),
            engine,
            context: engine?.context ?? context,
            quiet,
          }),
      });
    if (launch === undefined) return serve(undefined);
    await withEngine(launch, { logPath: engineLogPath(folder, first), context, quiet }, serve);
  };
}

/** Of the cells that differ in their SLO alone: another SLO over the same runs costs no request. */
function pointsFolder(folder: string, { engine, model, workload }: MatrixCell): string {
  const path = join(folder, 'points', fileNameOf([engine.name, model.name, workload.name]));
  mkdirSync(path, { recursive: true });
  return path;
}

/** Each start has a log of its own: the one before may say why there is another. */
function engineLogPath(folder: string, { engine, model }: MatrixCell): string {
  const logs = join(folder, 'logs');
  mkdirSync(logs, { recursive: true });
  const name = fileNameOf([engine.name, model.name]);
  for (let start = 1; ; start += 1) {
    const path = join(logs, `${name}-${start}.engine.log`);
    if (!existsSync(path)) return path;
  }
}

/** Readable, and different for different names. */
function fileNameOf(names: readonly string[]): string {
  const readable = names.map((name) => name.replaceAll(/[^A-Za-z0-9._-]+/g, '-')).join('--');
  const distinct = createHash('sha256').update(JSON.stringify(names)).digest('hex').slice(0, 6);
  return `${readable.slice(0, 100)}-${distinct}`;
}

function noticeText(notice: CellNotice): string {
  return notice.kind === 'begins'
    ? `[${notice.number}/${notice.count}] ${cellName(notice.cell)} ...`
    : `      ${cellName(notice.cell)}: ${resultText(notice.result)}`;
}

interface ToldMatrix {
  readonly matrix: Matrix;
  readonly cells: readonly MatrixCell[];
  readonly results: MatrixResults;
  readonly folder: string;
}

function tell(
  { matrix, cells, results, folder }: ToldMatrix,
  flags: MatrixFlags,
  { stdout }: CliContext,
): void {
  const view = matrixView(matrix, cells, results);
  writeFileSync(join(folder, 'matrix.html'), capacityMatrixPage(view));
  writeFileSync(join(folder, 'matrix.md'), matrixMarkdown(view));
  stdout.write(
    flags.json === true
      ? `${JSON.stringify(matrixJson(cells, results, folder), undefined, 2)}\n`
      : `${matrixText(view)}\nPage: ${join(folder, 'matrix.html')}\n`,
  );
  const failed = failureLines(cells, results);
  if (failed.length === 0) return;
  throw new FluidscopeError(
    `Expected every cell to be answered but ${failed.length} of ${cells.length} failed:\n${failed.join('\n')}`,
    {
      code: 'matrix.cells-failed',
      hint: 'Run the same command with --retry-failed once the reason is mended; the others stay as they are.',
    },
  );
}
