import {
  compareRuns,
  comparisonJson,
  DEFAULT_COMPARE_OPTIONS,
  judgeGates,
  readComparedRun,
  type ComparedRun,
  type CompareOptions,
  type Comparison,
  type JudgedGate,
} from '@fluidscope/compare';
import { EXIT_STATUS, FluidscopeError, messageOf, UsageError } from '@fluidscope/errors';
import { comparisonMarkdown, comparisonPage, formatComparison, gateSentence } from '@fluidscope/report';
import { parseGates, type Gates } from '@fluidscope/slo';
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
import { working } from '../working-line.js';

interface CompareFlags {
  readonly gate?: readonly string[];
  readonly undecided: string;
  readonly resamples: string;
  readonly seed: string;
  readonly prefillProfile?: string;
  readonly ttftSlack?: string;
  readonly output?: string;
  readonly force?: true;
  readonly json?: true;
  readonly markdown?: true;
  readonly quiet?: true;
}

interface CompareConfig {
  readonly gates: Gates | undefined;
  readonly undecidedFails: boolean;
  /** What both runs are judged by, in place of their own first-token deadlines. */
  readonly prefill: PrefillDeadlines | undefined;
  readonly options: CompareOptions;
}

const EXAMPLES = `
Examples:
  Is the new build any different?
    $ fluidscope compare before.duckdb after.duckdb

  A gate for CI: fail where the index is too low, or the first token comes later than before:
    $ fluidscope compare base.duckdb head.duckdb --gate "fluidity_index>=0.95" --gate "p99_ttft<=+5%"

  Both runs' curves on one page, and a table for the summary of a GitHub job:
    $ fluidscope compare base.duckdb head.duckdb -o compare.html --markdown >> "$GITHUB_STEP_SUMMARY"

A difference is called real where the resampled runs leave it beyond noise, all figures together; intervals are those of one figure. Requests
that are slow together count as one piece of evidence. Gates judge B: a limit (docs/slo.md has the grammar), or, with a sign, how far it may be
from A. Where a gate's limit lies within the interval, the runs cannot tell: that is said on stderr, and --undecided says what follows.

docs/compare.md says how it is reckoned and how often it errs.

Exit status: 0 done, all gates passed (or undecided); 2 wrong flags or files; 3 a gate failed, could not be measured, or is undecided with
--undecided fail; 4 a run has no measured request.`;

/** `fluidscope compare`: two traces side by side, and gates. */
export const registerCompareCommand: RegisterCommand = (program, context) => {
  const { resamplesCount, seed } = DEFAULT_COMPARE_OPTIONS;
  const command = program
    .command('compare')
    .argument('<a>', 'the trace to compare with')
    .argument('<b>', 'the trace that is judged')
    .description('Hold two runs side by side and say which differences are real.')
    .option('--gate <terms>', 'what B must meet, such as "p99_ttft<=+5%"; may be repeated', collect)
    .option('--undecided <what>', 'what an undecided gate does: pass or fail', 'pass')
    .option('--resamples <count>', 'how often the runs are resampled', String(resamplesCount))
    .option('--seed <number>', 'of the resampling', String(seed));
  addPrefillDeadlineFlags(command)
    .option('-o, --output <file>', 'write both runs’ curves as one page')
    .option('--force', 'replace the page if it exists')
    .option('--json', 'print the comparison as JSON')
    .option('--markdown', 'print it as GitHub-flavoured Markdown')
    .option('--quiet', 'print no warnings on stderr')
    .addHelpText('after', EXAMPLES)
    .action((a: string, b: string, flags: CompareFlags) => runCompare([a, b], flags, context));
};

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

async function runCompare(
  [a, b]: readonly [string, string],
  flags: CompareFlags,
  context: CliContext,
): Promise<void> {
  const { gates, undecidedFails, prefill, options } = await readFlags(flags);
  const comparison = await working(
    'Comparing',
    async () => compareRuns(await readRun(a, prefill), await readRun(b, prefill), options),
    { stderr: context.stderr, isQuiet: flags.quiet === true },
  );
  for (const run of [comparison.first, comparison.second]) requireRequests(run);
  const judged = gates === undefined ? [] : judgeGates(comparison, gates);
  if (flags.output !== undefined) await writePage(flags.output, comparisonPage(comparison, judged), flags);
  context.stdout.write(resultText(comparison, judged, flags));
  if (flags.quiet !== true) warn(judged, undecidedFails, context);
  const failed = judged.filter(
    ({ verdict }) => verdict !== 'passed' && (verdict !== 'undecided' || undecidedFails),
  );
  if (failed.length > 0) throw gatesFailed(failed);
}

async function readFlags(flags: CompareFlags): Promise<CompareConfig> {
  const reader = new FlagReader();
  const read = flags.gate === undefined ? undefined : parseGates(flags.gate);
  if (read !== undefined && 'problems' in read)
    for (const problem of read.problems) reader.problem('--gate', problem);
  const undecided = reader.choice('--undecided', flags.undecided, ['pass', 'fail']);
  const resamplesCount = reader.wholeNumber('--resamples', flags.resamples, 100);
  const seed = reader.wholeNumber('--seed', flags.seed, 0);
  if (flags.json === true && flags.markdown === true)
    reader.problem('--markdown', 'expected either this or --json but received both');
  if (flags.output !== undefined && flags.force !== true && existsSync(flags.output))
    reader.problem(
      '--output',
      `expected a file that does not exist yet but received "${flags.output}" (--force replaces it)`,
    );
  const prefill = await readPrefillDeadlines(reader, flags);
  reader.finish('compare');
  return {
    gates: read === undefined || 'problems' in read ? undefined : read,
    undecidedFails: undecided === 'fail',
    prefill,
    options: {
      ...DEFAULT_COMPARE_OPTIONS,
      resamplesCount: resamplesCount ?? DEFAULT_COMPARE_OPTIONS.resamplesCount,
      seed: seed ?? DEFAULT_COMPARE_OPTIONS.seed,
    },
  };
}

async function readRun(path: string, prefill: PrefillDeadlines | undefined): Promise<ComparedRun> {
  const reader = await openJudgedReader(path, prefill);
  try {
    return await readComparedRun(reader, path);
  } finally {
    await reader.close();
  }
}

function requireRequests({ name, requests }: ComparedRun): void {
  if (requests.length > 0) return;
  throw new FluidscopeError(`Expected a measured request that ended in ${name} but received none`, {
    code: 'compare.nothing-measured',
    hint: 'Every request was a warm-up, was cancelled, or was still in flight when the trace ended.',
    exitStatus: EXIT_STATUS.nothingMeasured,
  });
}

function resultText(comparison: Comparison, gates: readonly JudgedGate[], flags: CompareFlags): string {
  if (flags.json === true) return `${JSON.stringify(comparisonJson(comparison, gates), undefined, 2)}\n`;
  return flags.markdown === true
    ? comparisonMarkdown(comparison, gates)
    : formatComparison(comparison, gates);
}

function warn(gates: readonly JudgedGate[], undecidedFails: boolean, { stderr }: CliContext): void {
  for (const gate of gates.filter(({ verdict }) => verdict === 'undecided')) {
    const follows = undecidedFails ? '' : ' It passes; --undecided fail makes it fail.';
    stderr.write(
      `warning: ${gateSentence(gate)}: these runs are too short or too noisy to tell.${follows}\n`,
    );
  }
}

function gatesFailed(gates: readonly JudgedGate[]): FluidscopeError {
  const list = gates.map((gate) => `\n  ${gateSentence(gate)}`).join('');
  return new FluidscopeError(`Expected every gate to be met but received:${list}`, {
    code: 'compare.gate-failed',
    exitStatus: EXIT_STATUS.gateNotMet,
  });
}

async function writePage(path: string, page: string, { force }: CompareFlags): Promise<void> {
  try {
    await writeFile(path, page, { flag: force === true ? 'w' : 'wx' });
  } catch (cause) {
    throw new UsageError([`Expected to write the page to "${path}" but received: ${messageOf(cause)}`], {
      hint: 'Name a file in a folder that exists and may be written.',
    });
  }
}
