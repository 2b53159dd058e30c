import {
  EXPORT_FORMATS,
  exportTrace,
  TRACE_VIEW_NAMES,
  type ExportedFile,
  type ExportOptions,
  type ExportProgress,
} from '@fluidscope/trace-store';
import type { CliContext } from '../cli-context.js';
import { ExportProgressLine } from '../export-progress-line.js';
import { FlagReader } from '../flag-reader.js';
import type { RegisterCommand } from '../register-command.js';

interface ExportFlags {
  readonly format: string;
  readonly output?: string;
  readonly view?: readonly string[];
  readonly force?: true;
  readonly json?: true;
  readonly quiet?: true;
}

const EXAMPLES = `
Examples:
  Every view as Parquet, for pandas, polars or DuckDB:
    $ fluidscope export run.duckdb -o run-parquet

  Two views as CSV, replacing those of the last time:
    $ fluidscope export run.duckdb --format csv --view requests --view chunks -o run-csv --force

  What was written, as JSON:
    $ fluidscope export run.duckdb --format jsonl -o run-jsonl --json

Views: ${TRACE_VIEW_NAMES.join(', ')}.
Times are whole nanoseconds since the run's start, NULL is absent (an empty field in CSV). docs/trace-format.md says what
every column means. The trace is a DuckDB database: \`duckdb run.duckdb\` opens it without an export, too.`;

/** `fluidscope export`: the views of a trace as files for other tools. */
export const registerExportCommand: RegisterCommand = (program, context) => {
  program
    .command('export')
    .argument('<trace>', 'the file that fluidscope run has written')
    .description('Write the views of a trace to files that other tools read.')
    .option('--format <name>', `one of ${EXPORT_FORMATS.join(', ')}`, 'parquet')
    .option('-o, --output <folder>', 'folder for the files, one a view; created when it does not exist')
    .option('--view <name>', 'a view to export; repeat it for more (default: all)', append)
    .option('--force', 'replace files that exist')
    .option('--json', 'print the files and their row counts as JSON')
    .option('--quiet', 'print no progress')
    .addHelpText('after', EXAMPLES)
    .action((trace: string, flags: ExportFlags) => runExport(trace, flags, context));
};

async function runExport(trace: string, flags: ExportFlags, context: CliContext): Promise<void> {
  const options = readFlags(flags);
  const progress = new ExportProgressLine(flags.quiet === true ? undefined : context.stderr);
  const onProgress = (now: ExportProgress) => progress.show(now);
  const exporting = exportTrace(trace, { ...options, onProgress, signal: context.interrupted });
  const files = await exporting.finally(() => progress.end());
  context.stdout.write(flags.json === true ? filesAsJson(files) : filesAsText(files));
}

function readFlags(flags: ExportFlags): ExportOptions {
  const reader = new FlagReader();
  const format = reader.choice('--format', flags.format, EXPORT_FORMATS) ?? 'parquet';
  for (const name of flags.view ?? []) reader.choice('--view', name, TRACE_VIEW_NAMES);
  if (flags.output === undefined)
    reader.problem('--output', 'expected a folder for the files but received none');
  reader.finish('export');
  return {
    folder: flags.output ?? '.',
    format,
    overwrite: flags.force === true,
    ...(flags.view === undefined ? {} : { views: flags.view }),
  };
}

function append(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}

function filesAsJson(files: readonly ExportedFile[]): string {
  const rows = files.map(({ view, path, rowsCount }) => ({ view, path, rows_count: rowsCount }));
  return `${JSON.stringify({ files: rows }, undefined, 2)}\n`;
}

/** `chunks  12345 rows  run-parquet/chunks.parquet`, the counts aligned. */
function filesAsText(files: readonly ExportedFile[]): string {
  const nameWidth = Math.max(...files.map(({ view }) => view.length));
  const countWidth = Math.max(...files.map(({ rowsCount }) => String(rowsCount).length));
  const lines = files.map(
    ({ view, path, rowsCount }) =>
      `${view.padEnd(nameWidth)}  ${String(rowsCount).padStart(countWidth)} ${rowsCount === 1 ? 'row ' : 'rows'}  ${path}\n`,
  );
  return lines.join('');
}
