import { UsageError } from '@fluidscope/errors';
import type { CliContext } from '../cli-context.js';
import type { CellSearch, PreparedCell } from './cell-search.js';
import { cellArgs, type MatrixCell } from './matrix-cells.js';
import type { ReadMatrix } from './read-matrix.js';

/** What the matrix itself says of every cell. */
const OWN_FLAGS: ReadonlySet<string> = new Set([
  ...['url', 'model', 'slo', 'output', 'overwrite', 'json', 'quiet', 'help', 'sweep'],
  ...['launch', 'launch-args', 'launch-model', 'launch-port', 'launch-env', 'launch-health'],
  ...['launch-timeout', 'launch-grace', 'launch-shell'],
]);
/** Entries that may not say it in the words of a flag. */
const AXES_WITHOUT_OWN_FLAGS: ReadonlySet<string | number | undefined> = new Set(['search', 'workloads']);

/** Reads the flags of every cell before anything is started; throws a `UsageError` with each mistake once, where it stands in the file. */
export async function prepareCells(
  cells: readonly MatrixCell[],
  {
    placeOf,
    search,
    env,
  }: Pick<ReadMatrix, 'placeOf'> & {
    readonly search: CellSearch;
    readonly env: CliContext['env'];
  },
): Promise<ReadonlyMap<string, PreparedCell>> {
  const prepared = new Map<string, PreparedCell>();
  const problems = new Set<string>();
  for (const cell of cells) {
    for (const problem of ownFlagProblems(cell, placeOf)) problems.add(problem);
    try {
      prepared.set(cell.key, await search.prepare(cellArgs(cell), env));
    } catch (thrown) {
      if (!(thrown instanceof UsageError)) throw thrown;
      for (const problem of thrown.problems) problems.add(`${placeOf(pathOf(cell, problem))}: ${problem}`);
    }
  }
  if (problems.size === 0) return prepared;
  throw new UsageError([...problems], {
    code: 'matrix.flags',
    hint: 'docs/matrix.md has the form of the file; fluidscope capacity --help has the flags.',
  });
}

function ownFlagProblems({ flags }: MatrixCell, placeOf: ReadMatrix['placeOf']): readonly string[] {
  return [...flags].flatMap(([name, { path }]) =>
    OWN_FLAGS.has(name) && AXES_WITHOUT_OWN_FLAGS.has(path[0])
      ? [
          `${placeOf(path)}: Expected no ${name} for ${path.slice(0, -1).join('.')}: the matrix itself says it`,
        ]
      : [],
  );
}

/** Where the flag stands that a problem names first; the engine's entry where the file has no such flag. */
function pathOf(cell: MatrixCell, problem: string): readonly (string | number)[] {
  const [, name = ''] = /--([a-z][a-z-]*)/.exec(problem) ?? [];
  return cell.flags.get(name)?.path ?? cell.enginePath;
}
