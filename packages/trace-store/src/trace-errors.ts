import { FluidscopeError, messageOf } from '@fluidscope/errors';

/** What a trace that cannot be opened or written has in common with others, and what helps. */
interface Failure {
  readonly pattern: RegExp;
  readonly code: string;
  readonly says: (path: string) => string;
  readonly hint: string;
}

/** In the words of DuckDB and of the operating system; each is provoked by a test. */
const FAILURES: readonly Failure[] = [
  {
    pattern: /no space left on device|disk quota exceeded|file too large/i,
    code: 'trace.disk-full',
    says: (path) => `The disk is full: ${path} cannot grow`,
    hint: 'Free some space or write the trace elsewhere with -o. What reached the disk before stays readable.',
  },
  {
    pattern: /permission denied|read-only file system|operation not permitted/i,
    code: 'trace.read-only',
    says: (path) => `Expected a folder that can be written for ${path} but it is read-only`,
    hint: 'Write the trace to another folder with -o, or change the permissions of this one.',
  },
  {
    pattern: /could not set lock/i,
    code: 'trace.locked',
    says: (path) => `${path} is open in another program, which may still be writing it`,
    hint: 'Wait until the run has ended, or copy the file together with its .wal and read the copy.',
  },
  {
    pattern: /with version number \d+, but we can only read/i,
    code: 'trace.newer-storage',
    says: (path) => `${path} was written by a newer DuckDB than the one in this fluidscope`,
    hint: 'Update fluidscope.',
  },
];

/** Turns what DuckDB threw about the trace at `path` into an error for a user; `fallback` when it is none that we know. */
export function traceError(
  thrown: unknown,
  path: string,
  fallback: { readonly code: string; readonly message: string; readonly hint: string },
): FluidscopeError {
  if (thrown instanceof FluidscopeError) return thrown;
  const text = messageOf(thrown);
  const known = FAILURES.find(({ pattern }) => pattern.test(text));
  const says = known === undefined ? `${fallback.message}: ${text}` : known.says(path);
  const { code, hint } = known ?? fallback;
  return new FluidscopeError(says, { code, hint, cause: thrown });
}

export function notATrace(path: string, received: string): FluidscopeError {
  return new FluidscopeError(`Expected a fluidscope trace for ${path} but received ${received}`, {
    code: 'trace.not-a-trace',
    hint: 'Give the file that `fluidscope run -o FILE` has written. To compute metrics of other files, see `fluidscope score --help`.',
  });
}
