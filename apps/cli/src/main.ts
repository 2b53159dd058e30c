import { EXIT_STATUS } from '@fluidscope/errors';
import { runCommandLine } from './program.js';

const interruptions = [new AbortController(), new AbortController()] as const;
const signals = ['SIGINT', 'SIGTERM'] as const;

function interrupt(signal: NodeJS.Signals): void {
  const next = interruptions.find((interruption) => !interruption.signal.aborted);
  next?.abort(signal);
  // The third signal finds no handler and ends the process as it ends any other.
  if (interruptions.every((interruption) => interruption.signal.aborted)) {
    for (const name of signals) process.off(name, interrupt);
  }
}
for (const name of signals) process.on(name, interrupt);

/** The reader of a pipe has gone, as with `| head`: nobody is left to write to, and that is no failure of ours. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT_STATUS.done);
});

process.exitCode = await runCommandLine(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  interrupted: interruptions[0].signal,
  interruptedAgain: interruptions[1].signal,
});
