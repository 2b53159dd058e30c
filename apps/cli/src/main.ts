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

process.exitCode = await runCommandLine(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  interrupted: interruptions[0].signal,
  interruptedAgain: interruptions[1].signal,
});
