import type { Readable, Writable } from 'node:stream';

/** What a command may touch of the process it runs in; tests pass their own. Results go to `stdout`, all else to `stderr`. */
export interface CliContext {
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted at the first Ctrl-C or SIGTERM; a command then finishes its file and returns. */
  readonly interrupted: AbortSignal;
  /** Aborted at the second one: what is in flight is dropped, the file still finished. A third ends the process. */
  readonly interruptedAgain: AbortSignal;
}
