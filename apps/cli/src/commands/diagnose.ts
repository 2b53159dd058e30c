import { diagnose, diagnosisJson, readStreams, type Diagnosis } from '@fluidscope/diagnosis';
import { EXIT_STATUS, FluidscopeError } from '@fluidscope/errors';
import { DEFAULT_DEADLINES, type Deadlines } from '@fluidscope/metrics';
import { formatDiagnosis } from '@fluidscope/report';
import { readRecordedConfig } from '@fluidscope/trace-schema';
import { openTraceReader } from '@fluidscope/trace-store';
import { durationNs } from '@fluidscope/units';
import type { CliContext } from '../cli-context.js';
import { FlagReader } from '../flag-reader.js';
import type { RegisterCommand } from '../register-command.js';

interface DiagnoseFlags {
  readonly ttftDeadline?: string;
  readonly tbtDeadline?: string;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  What made this run stutter:
    $ fluidscope diagnose run.duckdb

  Against a stricter deadline than the run had, as JSON:
    $ fluidscope diagnose run.duckdb --tbt-deadline 25ms --json

An episode is stalls that overlap in time. Its scope is the share of the streams then decoding that stalled; catch-up near 1 says that tokens
were generated in time and delivered late, near 0 that they were never generated.

From the tokens' own times client_lag and baseline_slower_than_deadline can be told; every other cause is still unknown.

Exit status: 0 done; 2 wrong flags or files; 4 no measured request ended well.`;

/** `fluidscope diagnose`: which stalls missed the deadlines of a trace, what they cost, and why. */
export const registerDiagnoseCommand: RegisterCommand = (program, context) => {
  program
    .command('diagnose')
    .argument('<trace>', 'the file that fluidscope run has written')
    .description(
      'Find the stalls that missed deadlines, what each cost, and its cause where the tokens tell.',
    )
    .option('--ttft-deadline <time>', 'deadline of the first token (default: that of the run)')
    .option('--tbt-deadline <time>', 'deadline between later tokens (default: that of the run)')
    .option('--json', 'print the diagnosis as JSON')
    .addHelpText('after', EXAMPLES)
    .action((trace: string, flags: DiagnoseFlags) => runDiagnose(trace, flags, context));
};

async function runDiagnose(trace: string, flags: DiagnoseFlags, context: CliContext): Promise<void> {
  const reader = new FlagReader();
  const ttftDeadlineNs = reader.duration('--ttft-deadline', flags.ttftDeadline);
  const tbtDeadlineNs = reader.duration('--tbt-deadline', flags.tbtDeadline);
  reader.finish('diagnose');
  const diagnosis = await diagnoseTrace(trace, { ttftDeadlineNs, tbtDeadlineNs });
  const json = (): string => `${JSON.stringify(diagnosisJson(diagnosis), undefined, 2)}\n`;
  context.stdout.write(flags.json === true ? json() : formatDiagnosis(diagnosis));
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

async function diagnoseTrace(
  path: string,
  asked: { readonly [Name in keyof Deadlines]: Deadlines[Name] | undefined },
): Promise<Diagnosis> {
  const reader = await openTraceReader(path);
  try {
    const recorded = readRecordedConfig((await reader.run()).config);
    const ofRun =
      recorded === undefined
        ? DEFAULT_DEADLINES
        : {
            ttftDeadlineNs: durationNs(recorded.ttft_deadline_ns),
            tbtDeadlineNs: durationNs(recorded.tbt_deadline_ns),
          };
    return diagnose(await readStreams(reader), {
      ttftDeadlineNs: asked.ttftDeadlineNs ?? ofRun.ttftDeadlineNs,
      tbtDeadlineNs: asked.tbtDeadlineNs ?? ofRun.tbtDeadlineNs,
    });
  } finally {
    await reader.close();
  }
}
