import {
  EXPORT_FORMATS,
  exportTrace,
  TRACE_VIEW_NAMES,
  type ExportedFile,
  type ExportFormat,
  type ExportOptions,
  type ExportProgress,
} from '@fluidscope/trace-store';
import type { CliContext } from '../cli-context.js';
import { exportForeign, FOREIGN_FORMATS, type ForeignFormat } from '../export/foreign-formats.js';
import type { WrittenFile } from '../export/write-pieces.js';
import { ExportProgressLine } from '../export-progress-line.js';
import { FlagReader } from '../flag-reader.js';
import type { RegisterCommand } from '../register-command.js';

interface ExportFlags {
  readonly format: string;
  readonly exportFormat?: string;
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

  Requests, tokens, misses, GPUs and episodes on one time axis, for https://ui.perfetto.dev or its trace_processor:
    $ fluidscope export run.duckdb --format perfetto -o run-perfetto

  The files that scripts for AIPerf or for vLLM's bench read:
    $ fluidscope export run.duckdb --format aiperf -o run-aiperf
    $ fluidscope export run.duckdb --format vllm -o run-vllm

Views: ${TRACE_VIEW_NAMES.join(', ')}.
Times are whole nanoseconds since the run's start, NULL is absent (an empty field in CSV). docs/trace-format.md says what
every column means, docs/export.md what stands where in the formats of other tools. The trace is a DuckDB database: \`duckdb run.duckdb\` opens it without an export, too.`;

/** `fluidscope export`: the views of a trace as files for other tools. */
export const registerExportCommand: RegisterCommand = (program, context) => {
  program
    .command('export')
    .argument('<trace>', 'the file that fluidscope run has written')
    .description('Write a trace to files that other tools read.')
    .option(
      '--format <name>',
      `of the views: ${EXPORT_FORMATS.join(', ')}; of the whole run: ${FOREIGN_FORMATS.join(', ')}`,
      'parquet',
    )
    .option('--export-format <name>', 'the same by the name that run has for it')
    .option('-o, --output <folder>', 'folder for the files; created when it does not exist')
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
  if (isForeign(options)) {
    const onProgress = (stage: string, doneRatio: number): void => progress.showStage(stage, doneRatio);
    const onNote = (note: string): void => {
      if (flags.quiet !== true) context.stderr.write(`note: ${note}\n`);
    };
    const exporting = exportForeign(trace, { ...options, onProgress, onNote, signal: context.interrupted });
    const files = await exporting.finally(() => progress.end());
    context.stdout.write(flags.json === true ? writtenAsJson(options.format, files) : writtenAsText(files));
    return;
  }
  const onProgress = (now: ExportProgress) => progress.show(now);
  const exporting = exportTrace(trace, { ...options, onProgress, signal: context.interrupted });
  const files = await exporting.finally(() => progress.end());
  context.stdout.write(flags.json === true ? filesAsJson(files) : filesAsText(files));
}

const FORMATS = [...EXPORT_FORMATS, ...FOREIGN_FORMATS] as const;

/** Of a format that has views, or of one that has the run. */
type ReadFlags =
  ExportOptions | { readonly format: ForeignFormat; readonly folder: string; readonly mayReplace: boolean };

function isForeign(options: ReadFlags): options is Exclude<ReadFlags, ExportOptions> {
  return isForeignFormat(options.format);
}

function isForeignFormat(format: ExportFormat | ForeignFormat): format is ForeignFormat {
  return (FOREIGN_FORMATS as readonly string[]).includes(format);
}

function readFlags(flags: ExportFlags): ReadFlags {
  const reader = new FlagReader();
  const [flag, text] =
    flags.exportFormat === undefined ? ['--format', flags.format] : ['--export-format', flags.exportFormat];
  const format = reader.choice(flag, text, FORMATS) ?? 'parquet';
  for (const name of flags.view ?? []) reader.choice('--view', name, TRACE_VIEW_NAMES);
  if (isForeignFormat(format) && flags.view !== undefined)
    reader.problem('--view', `expected none with ${flag} ${format}, which is of the whole run`);
  if (flags.output === undefined)
    reader.problem('--output', 'expected a folder for the files but received none');
  reader.finish('export');
  const folder = flags.output ?? '.';
  if (isForeignFormat(format)) return { folder, format, mayReplace: flags.force === true };
  return {
    folder,
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

function writtenAsJson(format: ForeignFormat, files: readonly WrittenFile[]): string {
  return `${JSON.stringify({ format, files }, undefined, 2)}\n`;
}

function writtenAsText(files: readonly WrittenFile[]): string {
  return files.map(({ path, bytes }) => `${path}  ${(bytes / 1e6).toFixed(1)} MB\n`).join('');
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
