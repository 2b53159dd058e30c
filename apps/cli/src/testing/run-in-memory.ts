import type { ExitStatus } from '@fluidscope/errors';
import { Readable, Writable } from 'node:stream';
import { runCommandLine, type CliContext } from '../index.js';

export interface CommandOutcome {
  readonly status: ExitStatus;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line as a program would, its streams in memory; with `columns`, stdout is a terminal of that width. */
export async function runInMemory(
  args: readonly string[],
  {
    columns,
    ...given
  }: Partial<Pick<CliContext, 'stdin' | 'env' | 'interrupted'>> & { readonly columns?: number } = {},
): Promise<CommandOutcome> {
  const stdout = new MemoryWritable(columns);
  const stderr = new MemoryWritable(undefined);
  const never = new AbortController().signal;
  const context = {
    stdin: Readable.from([]),
    env: sourceOfStamps(),
    interrupted: never,
    interruptedAgain: never,
    ...given,
  };
  const status = await runCommandLine(args, { ...context, stdout, stderr });
  return { status, stdout: stdout.text, stderr: stderr.text };
}

/** The one variable that is handed through: with it, all tests stamp as it says. */
function sourceOfStamps(): CliContext['env'] {
  const asked = process.env['FLUIDSCOPE_STAMP_SOURCE'];
  return asked === undefined ? {} : { FLUIDSCOPE_STAMP_SOURCE: asked };
}

class MemoryWritable extends Writable {
  text = '';
  readonly isTTY: boolean;
  columns?: number;

  constructor(columns: number | undefined) {
    super();
    this.isTTY = columns !== undefined;
    if (columns !== undefined) this.columns = columns;
  }

  override _write(chunk: Buffer | string, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
