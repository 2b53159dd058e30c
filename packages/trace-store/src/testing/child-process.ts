import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const REGISTER = fileURLToPath(new URL('register-typescript.mjs', import.meta.url));

/** A process of its own that runs one of the scripts beside this file. */
export interface TestChild {
  readonly process: ChildProcess;
  /** What it printed, a line each; grows until it ends. */
  readonly lines: readonly string[];
  /** Resolves with the first line, printed already or yet to come, that passes. */
  lineWhere(passes: (line: string) => boolean): Promise<string>;
  /** Ends it with SIGKILL and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts `scriptName` with `args`; it is killed when the test ends. Its stderr is this process's. */
export function startChild(scriptName: string, args: readonly string[]): TestChild {
  const script = fileURLToPath(new URL(scriptName, import.meta.url));
  const child = spawn(
    process.execPath,
    ['--conditions=@fluidscope/source', `--import=${REGISTER}`, script, ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = once(child, 'close');
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(kill);
  return {
    process: child,
    lines,
    kill,
    lineWhere: async (passes) => {
      for (;;) {
        const found = lines.find(passes);
        if (found !== undefined) return found;
        const ended = exited.then(() => Promise.reject(new Error(`It ended after: ${lines.join('\n')}`)));
        await Promise.race([once(reader, 'line'), ended]);
      }
    },
  };
}
