import { diagnosisJson } from '@fluidscope/diagnosis';
import { EXIT_STATUS, FluidscopeError } from '@fluidscope/errors';
import { formatDiagnosis } from '@fluidscope/report';
import { access, constants } from 'node:fs/promises';
import type { CliContext } from '../cli-context.js';
import { collectProblems } from '../collect-problems.js';
import { diagnoseFile } from '../diagnose/diagnose-file.js';
import { FlagReader } from '../flag-reader.js';
import { addPrefillDeadlineFlags, readPrefillDeadlines } from '../prefill/deadline-flags.js';
import type { RegisterCommand } from '../register-command.js';
import { chartsOfFile } from '../terminal-charts.js';
import { terminalColumns } from '../terminal-columns.js';
import { working } from '../working-line.js';

interface DiagnoseFlags {
  readonly ttftDeadline?: string;
  readonly tbtDeadline?: string;
  readonly prefillProfile?: string;
  readonly ttftSlack?: string;
  readonly engineLog?: string;
  readonly json?: true;
  readonly quiet?: true;
}

const EXAMPLES = `
Examples:
  What made this run stutter:
    $ fluidscope diagnose run.duckdb

  Against a stricter deadline than the run had, as JSON:
    $ fluidscope diagnose run.duckdb --tbt-deadline 25ms --json

  With what the engine logged meanwhile (vLLM; docs/diagnosis.md says what to switch on there):
    $ fluidscope diagnose run.duckdb --engine-log vllm.log

A finding says which cause, at which GPU, host or server, when, how sure, by what evidence, what it cost, and what to change. docs/diagnosis.md
tells how to read one, and has every cause with its remedy.

An episode is stalls that overlap in time. Its scope is the share of the streams then decoding that stalled; catch-up near 1 says that tokens
were generated in time and delivered late, near 0 that they were never generated.

The episodes are written into the trace (views episodes and deadline_misses) when it is judged by its own deadlines.

Causes that need what the trace does not hold (a GPU agent, the server's metrics) are listed as not judged; what nothing explains is unknown.

Exit status: 0 done; 2 wrong flags or files; 4 no measured request ended well.`;

/** `fluidscope diagnose`: which stalls missed the deadlines of a trace, what they cost, and why. */
export const registerDiagnoseCommand: RegisterCommand = (program, context) => {
  const command = program
    .command('diagnose')
    .argument('<trace>', 'the file that fluidscope run has written')
    .description(
      'Say why deadlines were missed: in which stalls, from which cause, what it cost, what to change.',
    )
    .option('--ttft-deadline <time>', 'deadline of the first token (default: that of the run)')
    .option('--tbt-deadline <time>', 'deadline between later tokens (default: that of the run)');
  addPrefillDeadlineFlags(command)
    .option(
      '--engine-log <file>',
      'what vLLM logged during the run, beside the trace: steps, queue, KV cache, compilations, garbage collections',
    )
    .option('--json', 'print the diagnosis as JSON')
    .option('--quiet', 'print no progress')
    .addHelpText('after', EXAMPLES)
    .action((trace: string, flags: DiagnoseFlags) => runDiagnose(trace, flags, context));
};

async function runDiagnose(trace: string, flags: DiagnoseFlags, context: CliContext): Promise<void> {
  const reader = new FlagReader();
  const ttftDeadlineNs = reader.duration('--ttft-deadline', flags.ttftDeadline);
  const tbtDeadlineNs = reader.duration('--tbt-deadline', flags.tbtDeadline);
  const prefill = await readPrefillDeadlines(reader, flags);
  const { engineLog } = flags;
  if (engineLog !== undefined)
    await collectProblems(reader, '--engine-log', () => access(engineLog, constants.R_OK));
  if (prefill !== undefined && ttftDeadlineNs !== undefined)
    reader.problem('--ttft-deadline', 'expected either it or --prefill-profile but received both');
  reader.finish('diagnose');
  const asked = { ttftDeadlineNs, tbtDeadlineNs, prefill, engineLogPath: engineLog };
  const { diagnosis, sources, notRecordedBecause, logProblems } = await working(
    'Diagnosing',
    () => diagnoseFile(trace, asked),
    { stderr: context.stderr, isQuiet: flags.quiet === true },
  );
  const view = { sources, columns: terminalColumns(context) };
  const json = (): string => `${JSON.stringify(diagnosisJson(diagnosis), undefined, 2)}\n`;
  context.stdout.write(flags.json === true ? json() : formatDiagnosis(diagnosis, view));
  if (flags.json !== true)
    context.stdout.write(await chartsOfFile(trace, context, { ttftDeadlineNs, tbtDeadlineNs }));
  for (const problem of logProblems) context.stderr.write(`warning: ${problem}\n`);
  if (notRecordedBecause !== undefined)
    context.stderr.write(`The trace's view of episodes stays as it was: ${notRecordedBecause}\n`);
  if (diagnosis.fluidityIndex === undefined) {
    throw new FluidscopeError(
      'Expected at least one measured request that ended well but the trace has none',
      {
        code: 'diagnose.nothing-measured',
        hint: 'The view "requests" of the trace says how each ended.',
        exitStatus: EXIT_STATUS.nothingMeasured,
      },
    );
  }
}
