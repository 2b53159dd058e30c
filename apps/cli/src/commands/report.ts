import { diagnoseTrace, type AskedDeadlines } from '@fluidscope/diagnosis';
import { EXIT_STATUS, FluidscopeError, messageOf, UsageError } from '@fluidscope/errors';
import {
  formatDiagnosisBrief,
  formatRunSummary,
  judgedByDeadlines,
  readTraceSources,
  reportPage,
  runMarkdown,
  summariseTrace,
} from '@fluidscope/report';
import type { DurationNs } from '@fluidscope/units';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { CliContext } from '../cli-context.js';
import { FlagReader } from '../flag-reader.js';
import {
  addPrefillDeadlineFlags,
  readPrefillDeadlines,
  type PrefillDeadlines,
} from '../prefill/deadline-flags.js';
import { openJudgedReader } from '../prefill/open-judged-reader.js';
import type { RegisterCommand } from '../register-command.js';
import { chartsText } from '../terminal-charts.js';
import { terminalColumns } from '../terminal-columns.js';
import { working } from '../working-line.js';

const FORMATS = ['html', 'markdown', 'text'] as const;
type ReportFormat = (typeof FORMATS)[number];

interface ReportFlags {
  readonly format: string;
  readonly output?: string;
  readonly force?: true;
  readonly ttftDeadline?: string;
  readonly tbtDeadline?: string;
  readonly prefillProfile?: string;
  readonly ttftSlack?: string;
  readonly json?: true;
  readonly quiet?: true;
}

const EXAMPLES = `
Examples:
  One page to look at, or to send to somebody:
    $ fluidscope report run.duckdb -o run.html

  Replacing the page of the last time, its path and size as JSON:
    $ fluidscope report run.duckdb -o run.html --force --json

  Verdict, figures and findings in the summary of a CI job on GitHub:
    $ fluidscope report run.duckdb --format markdown >> "$GITHUB_STEP_SUMMARY"

  As text, judged by stricter deadlines than the run had:
    $ fluidscope report run.duckdb --format text --ttft-deadline 300ms --tbt-deadline 25ms

The page is one file: it opens from disk, needs no network, and fetches nothing. It holds the diagnosis, the timeline of every request and
every GPU, distributions, the load, and how far the figures can be trusted. Long runs are thinned out; the page says how. Markdown and text
go to stdout unless -o names a file; on a terminal the text has charts.

The trace is only read. docs/report.md says what stands where.

Exit status: 0 done; 1 the report could not be written; 2 wrong flags or files.`;

/** `fluidscope report`: a trace and its diagnosis as one page for a browser, as Markdown or as text. */
export const registerReportCommand: RegisterCommand = (program, context) => {
  const command = program
    .command('report')
    .argument('<trace>', 'the file that fluidscope run has written')
    .description('Write one self-contained page that shows what happened, when, why, and how sure that is.')
    .option('--format <name>', `one of ${FORMATS.join(', ')}`, 'html')
    .option('-o, --output <file>', 'the report (default: for html the trace’s name with .html, else stdout)')
    .option('--force', 'replace the report if it exists')
    .option('--ttft-deadline <time>', 'score by another deadline of the first token than the run’s')
    .option('--tbt-deadline <time>', 'score by another deadline between later tokens than the run’s');
  addPrefillDeadlineFlags(command)
    .option('--json', 'print the report’s path and size as JSON')
    .option('--quiet', 'print no progress')
    .addHelpText('after', EXAMPLES)
    .action((trace: string, flags: ReportFlags) => runReport(trace, flags, context));
};

async function runReport(trace: string, flags: ReportFlags, context: CliContext): Promise<void> {
  const { format, ...judgement } = await readFlags(flags);
  const path = flags.output ?? (format === 'html' ? `${trace.replace(/\.duckdb$/, '')}.html` : undefined);
  // Before the work, not after it.
  if (path !== undefined && flags.force !== true && existsSync(path)) throw pageExists(path);
  const text = await working(
    'Writing the report',
    () => reportText(trace, format, { judgement, context, path }),
    {
      stderr: context.stderr,
      isQuiet: flags.quiet === true,
    },
  );
  if (path === undefined) {
    context.stdout.write(text);
    return;
  }
  await writePage(path, text, flags.force === true);
  const bytes = Buffer.byteLength(text);
  context.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ path, bytes }, undefined, 2)}\n`
      : `${path}  ${(bytes / 1e6).toFixed(1)} MB\n`,
  );
}

interface Judgement {
  readonly asked: AskedDeadlines;
  readonly prefill: PrefillDeadlines | undefined;
}

async function readFlags(flags: ReportFlags): Promise<Judgement & { readonly format: ReportFormat }> {
  const reader = new FlagReader();
  const format = reader.choice('--format', flags.format, FORMATS) ?? 'html';
  const asked = {
    ttftDeadlineNs: deadlineOf(reader, '--ttft-deadline', flags.ttftDeadline),
    tbtDeadlineNs: deadlineOf(reader, '--tbt-deadline', flags.tbtDeadline),
  };
  const prefill = await readPrefillDeadlines(reader, flags);
  if (prefill !== undefined && flags.ttftDeadline !== undefined)
    reader.problem('--ttft-deadline', 'expected either it or --prefill-profile but received both');
  if (format !== 'html' && flags.output === undefined && flags.json === true)
    reader.problem('--json', `expected --output beside it with --format ${format}, which goes to stdout`);
  reader.finish('report');
  return { format, asked, prefill };
}

function deadlineOf(reader: FlagReader, flag: string, text: string | undefined): DurationNs | undefined {
  const valueNs = reader.duration(flag, text);
  return valueNs === 0
    ? reader.problem(flag, `expected a time above 0 but received "${text ?? ''}"`)
    : valueNs;
}

interface ReportView {
  readonly judgement: Judgement;
  readonly context: CliContext;
  readonly path: string | undefined;
}

async function reportText(trace: string, format: ReportFormat, view: ReportView): Promise<string> {
  const { asked, prefill } = view.judgement;
  const opened = await openJudgedReader(trace, prefill);
  try {
    const isAsked = (asked.ttftDeadlineNs ?? asked.tbtDeadlineNs) !== undefined;
    const reader = isAsked ? judgedByDeadlines(opened, asked) : opened;
    const diagnosis = await diagnoseTrace(reader);
    if (format === 'html') return await reportPage(reader, diagnosis);
    const [summary, sources] = [await summariseTrace(reader), await readTraceSources(reader)];
    if (format === 'markdown') return runMarkdown(summary, diagnosis, { sources });
    const brief = formatDiagnosisBrief(diagnosis, { sources, columns: terminalColumns(view.context) });
    const charts = view.path === undefined ? await chartsText(reader, view.context) : '';
    return `${formatRunSummary(summary)}${charts}\n${brief}`;
  } finally {
    await opened.close();
  }
}

async function writePage(path: string, page: string, mayReplace: boolean): Promise<void> {
  try {
    await writeFile(path, page, { flag: mayReplace ? 'w' : 'wx' });
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') throw pageExists(path);
    throw new FluidscopeError(
      `Expected to write the report to "${path}" but could not: ${messageOf(thrown)}`,
      {
        code: 'report.not-written',
        hint: 'Name a file in a folder that exists and may be written.',
        exitStatus: EXIT_STATUS.runFailed,
      },
    );
  }
}

function pageExists(path: string): UsageError {
  return new UsageError([`Expected a file that does not exist yet for --output but received "${path}"`], {
    hint: 'Add --force to replace it, or name another file.',
  });
}
