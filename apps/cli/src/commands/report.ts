import { diagnoseTrace } from '@fluidscope/diagnosis';
import { EXIT_STATUS, FluidscopeError, messageOf, UsageError } from '@fluidscope/errors';
import { reportPage } from '@fluidscope/report';
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

interface ReportFlags {
  readonly output?: string;
  readonly force?: true;
  readonly prefillProfile?: string;
  readonly ttftSlack?: string;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  One page to look at, or to send to somebody:
    $ fluidscope report run.duckdb -o run.html

  Replacing the page of the last time, its path and size as JSON:
    $ fluidscope report run.duckdb -o run.html --force --json

The page is one file: it opens from disk, needs no network, and fetches nothing. It holds the diagnosis, the timeline of every request and
every GPU, distributions, the load, and how far the figures can be trusted. Long runs are thinned out; the page says how.

The trace is only read. docs/report.md says what stands where.

Exit status: 0 done; 1 the page could not be written; 2 wrong flags or files.`;

/** `fluidscope report`: a trace and its diagnosis as one page for a browser. */
export const registerReportCommand: RegisterCommand = (program, context) => {
  const command = program
    .command('report')
    .argument('<trace>', 'the file that fluidscope run has written')
    .description('Write one self-contained page that shows what happened, when, why, and how sure that is.')
    .option('-o, --output <file>', 'the page (default: the trace’s name with .html)')
    .option('--force', 'replace the page if it exists');
  addPrefillDeadlineFlags(command)
    .option('--json', 'print the page’s path and size as JSON')
    .addHelpText('after', EXAMPLES)
    .action((trace: string, flags: ReportFlags) => runReport(trace, flags, context));
};

async function runReport(trace: string, flags: ReportFlags, context: CliContext): Promise<void> {
  const path = flags.output ?? `${trace.replace(/\.duckdb$/, '')}.html`;
  // Before the work, not after it.
  if (flags.force !== true && existsSync(path)) throw pageExists(path);
  const flagReader = new FlagReader();
  const prefill = await readPrefillDeadlines(flagReader, flags);
  flagReader.finish('report');
  const page = await pageOf(trace, prefill);
  await writePage(path, page, flags.force === true);
  const bytes = Buffer.byteLength(page);
  context.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ path, bytes }, undefined, 2)}\n`
      : `${path}  ${(bytes / 1e6).toFixed(1)} MB\n`,
  );
}

async function pageOf(trace: string, prefill: PrefillDeadlines | undefined): Promise<string> {
  const reader = await openJudgedReader(trace, prefill);
  try {
    return await reportPage(reader, await diagnoseTrace(reader));
  } finally {
    await reader.close();
  }
}

async function writePage(path: string, page: string, mayReplace: boolean): Promise<void> {
  try {
    await writeFile(path, page, { flag: mayReplace ? 'w' : 'wx' });
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') throw pageExists(path);
    throw new FluidscopeError(`Expected to write the page to "${path}" but could not: ${messageOf(thrown)}`, {
      code: 'report.not-written',
      hint: 'Name a file in a folder that exists and may be written.',
      exitStatus: EXIT_STATUS.runFailed,
    });
  }
}

function pageExists(path: string): UsageError {
  return new UsageError([`Expected a file that does not exist yet for --output but received "${path}"`], {
    hint: 'Add --force to replace it, or name another file.',
  });
}
