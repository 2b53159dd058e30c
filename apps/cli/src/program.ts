import { EXIT_STATUS, FluidscopeError, type ExitStatus } from '@fluidscope/errors';
import { Command, CommanderError } from 'commander';
import type { CliContext } from './cli-context.js';
import { registerAgentCommand } from './commands/agent.js';
import { registerCapacityCommand } from './commands/capacity.js';
import { registerCompareCommand } from './commands/compare.js';
import { registerDiagnoseCommand } from './commands/diagnose.js';
import { registerDoctorCommand } from './commands/doctor.js';
import { registerExportCommand } from './commands/export.js';
import { registerLiveCommand } from './commands/live.js';
import { registerMatrixCommand } from './commands/matrix.js';
import { registerPrefillCommand } from './commands/prefill.js';
import { registerReportCommand } from './commands/report.js';
import { registerRunCommand } from './commands/run.js';
import { registerScoreCommand } from './commands/score.js';
import { registerSimCommand } from './commands/sim.js';
import { registerWatchCommand } from './commands/watch.js';
import type { RegisterCommand } from './register-command.js';
import { expandFlagAliases } from './run/flag-aliases.js';
import { VERSION } from './version.js';

const COMMANDS: readonly RegisterCommand[] = [
  registerRunCommand,
  registerDiagnoseCommand,
  registerReportCommand,
  registerCompareCommand,
  registerExportCommand,
  registerScoreCommand,
  registerPrefillCommand,
  registerCapacityCommand,
  registerMatrixCommand,
  registerAgentCommand,
  registerWatchCommand,
  registerLiveCommand,
  registerSimCommand,
  registerDoctorCommand,
];

/** Runs one command line (without `node` and the script's name) and returns its exit status; never throws. */
export async function runCommandLine(args: readonly string[], context: CliContext): Promise<ExitStatus> {
  const program = createProgram(context);
  try {
    const known = args[0] === 'run' || args[0] === 'capacity' ? expandFlagAliases(args) : args;
    await program.parseAsync(known, { from: 'user' });
    return EXIT_STATUS.done;
  } catch (thrown) {
    return reportFailure(thrown, context);
  }
}

function createProgram(context: CliContext): Command {
  const program = new Command('fluidscope')
    .description(
      'Says why a language model’s stream stuttered: loads an endpoint, times every token, scores it.',
    )
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .showHelpAfterError('(add --help for the flags and examples)');
  for (const register of COMMANDS) register(program, context);
  return program;
}

function reportFailure(thrown: unknown, { stderr }: CliContext): ExitStatus {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT_STATUS.done : EXIT_STATUS.usage;
  if (thrown instanceof FluidscopeError) {
    stderr.write(`error: ${thrown.message}\n${thrown.hint === undefined ? '' : `hint: ${thrown.hint}\n`}`);
    return thrown.exitStatus;
  }
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  stderr.write(`error: this is a defect of fluidscope, not of your input; please report it:\n${text}\n`);
  return EXIT_STATUS.runFailed;
}
