import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../apps/cli/bin/fluidscope.js', import.meta.url));

export interface Finished {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `fluidscope`, with all that it printed. */
export class FluidscopeProcess {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  #stdout = '';
  #stderr = '';
  readonly finished: Promise<Finished>;

  /** `within`: a command that runs the one after it, such as `ip netns exec NAME`, in its own place. */
  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    within: readonly string[] = [],
  ) {
    const [program = process.execPath, ...rest] = [...within, process.execPath, PROGRAM, ...args];
    this.#child = spawn(program, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, OPENAI_API_KEY: '', ...env },
    });
    this.#child.stdout.on('data', (bytes: Buffer) => (this.#stdout += bytes.toString()));
    this.#child.stderr.on('data', (bytes: Buffer) => (this.#stderr += bytes.toString()));
    this.finished = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (status, signal) =>
        resolve({ status, signal, stdout: this.#stdout, stderr: this.#stderr }),
      );
    });
  }

  /** The first match in what is printed on stdout; rejects when the process ends without it. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#stdout);
      if (match !== null) return match;
      const ended = await Promise.race([
        this.finished,
        new Promise<undefined>((resolve) => this.#child.stdout.once('data', () => resolve(undefined))),
      ]);
      if (ended !== undefined && !pattern.test(ended.stdout)) {
        throw new Error(
          `Expected ${String(pattern)} on stdout but the process ended with ${JSON.stringify(ended)}`,
        );
      }
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** Runs a command to its end. */
export function fluidscope(...args: readonly string[]): Promise<Finished> {
  return new FluidscopeProcess(args).finished;
}

export interface RunningSim extends AsyncDisposable {
  readonly url: string;
  readonly model: string;
}

/** A simulated engine in a process of its own. */
export async function startSim(...args: readonly string[]): Promise<RunningSim> {
  const child = new FluidscopeProcess(['sim', '--port', '0', '--model', 'sim-model', ...args]);
  const [url] = await child.printed(/http:\/\/[\d.:]+/);
  return {
    url,
    model: 'sim-model',
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await child.finished;
    },
  };
}
