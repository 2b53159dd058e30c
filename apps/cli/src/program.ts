import { EXIT_STATUS, FluidscopeError, type ExitStatus } from '@fluidscope/errors';
import { Command, CommanderError } from 'commander';
import type { CliContext } from './cli-context.js';
import type { RegisterCommand } from './register-command.js';
import { expandFlagAliases } from './run/flag-aliases.js';
import { VERSION } from './version.js';

/** In the order of the help. Each is loaded when it is asked for: an agent need not wait until a trace's database is loaded. */
const COMMANDS: Readonly<Record<string, () => Promise<RegisterCommand>>> = {
  run: async () => (await import('./commands/run.js')).registerRunCommand,
  diagnose: async () => (await import('./commands/diagnose.js')).registerDiagnoseCommand,
  report: async () => (await import('./commands/report.js')).registerReportCommand,
  compare: async () => (await import('./commands/compare.js')).registerCompareCommand,
  export: async () => (await import('./commands/export.js')).registerExportCommand,
  score: async () => (await import('./commands/score.js')).registerScoreCommand,
  prefill: async () => (await import('./commands/prefill.js')).registerPrefillCommand,
  capacity: async () => (await import('./commands/capacity.js')).registerCapacityCommand,
  matrix: async () => (await import('./commands/matrix.js')).registerMatrixCommand,
  agent: async () => (await import('./commands/agent.js')).registerAgentCommand,
  watch: async () => (await import('./commands/watch.js')).registerWatchCommand,
  live: async () => (await import('./commands/live.js')).registerLiveCommand,
  sim: async () => (await import('./commands/sim.js')).registerSimCommand,
  doctor: async () => (await import('./commands/doctor.js')).registerDoctorCommand,
};

/** Runs one command line (without `node` and the script's name) and returns its exit status; never throws. */
export async function runCommandLine(args: readonly string[], context: CliContext): Promise<ExitStatus> {
  try {
    const program = await createProgram(args[0], context);
    const known = args[0] === 'run' || args[0] === 'capacity' ? expandFlagAliases(args) : args;
    await program.parseAsync(known, { from: 'user' });
    return EXIT_STATUS.done;
  } catch (thrown) {
    return reportFailure(thrown, context);
  }
}

/** Has the command of that name alone; every one where there is none, for help and for suggestions. */
async function createProgram(name: string | undefined, context: CliContext): Promise<Command> {
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
  const asked = Object.entries(COMMANDS).filter(([known]) => known === name);
  for (const [, load] of asked.length === 0 ? Object.entries(COMMANDS) : asked) {
    const register = await load();
    register(program, context);
  }
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
