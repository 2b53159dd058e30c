import { EXIT_STATUS, FluidscopeError, type ExitStatus } from '@fluidscope/errors';
import { CommanderError } from 'commander';
import { createAgentCommand } from './agent-command.js';
import { VERSION } from './version.js';

const interruption = new AbortController();
// A second signal finds no handler and ends the process as it ends any other.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort(signal));

process.exitCode = await main();

async function main(): Promise<ExitStatus> {
  const command = createAgentCommand('fluidscope-agent', {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    interrupted: interruption.signal,
  });
  try {
    await command
      .version(VERSION)
      .exitOverride()
      .showHelpAfterError('(add --help for the flags and examples)')
      .parseAsync();
    return EXIT_STATUS.done;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT_STATUS.done : EXIT_STATUS.usage;
    if (!(thrown instanceof FluidscopeError)) throw thrown;
    process.stderr.write(
      `error: ${thrown.message}\n${thrown.hint === undefined ? '' : `hint: ${thrown.hint}\n`}`,
    );
    return thrown.exitStatus;
  }
}
