import { FluidscopeError, messageOf, UsageError } from '@fluidscope/errors';

/** What failed, for the error of a failure that is not one of the known ones. */
export interface FailedAction {
  /** What `path` is; the first part of the error's code. */
  readonly subject: 'trace' | 'export';
  readonly path: string;
  /** The second part of the error's code, when the failure is not one of the known ones. */
  readonly code: string;
  /** As the start of a sentence: `Cannot read the trace run.duckdb`. */
  readonly message: string;
  readonly hint: string;
}

interface KnownFailure {
  readonly pattern: RegExp;
  readonly code: string;
  readonly messageFor: (path: string) => string;
  readonly hint: string;
}

/** In the words of DuckDB and of the operating system; each is provoked by a test. */
const KNOWN_FAILURES: readonly KnownFailure[] = [
  {
    pattern: /no space left on device|disk quota exceeded|file too large/i,
    code: 'disk-full',
    messageFor: (path) => `The disk is full: ${path} cannot grow`,
    hint: 'Free some space, or write elsewhere with -o. What reached the disk before stays readable.',
  },
  {
    pattern: /permission denied|read-only file system|operation not permitted/i,
    code: 'not-permitted',
    messageFor: (path) =>
      `Expected permission for ${path} but the file or its folder is closed to this user or read-only`,
    hint: 'Give another folder with -o, or change the permissions of this one.',
  },
  {
    pattern: /could not set lock/i,
    code: 'locked',
    messageFor: (path) => `${path} is open in another program, which may still be writing it`,
    hint: 'Wait until the run has ended, or copy the file together with its .wal and read the copy.',
  },
  {
    pattern: /with version number \d+, but we can only read|storage version greater than/i,
    code: 'newer-storage',
    messageFor: (path) => `${path} was written by a newer DuckDB than the one in this fluidscope`,
    hint: 'Update fluidscope.',
  },
];

/** Turns what DuckDB or the operating system threw into an error for a user. */
export function storageError(thrown: unknown, action: FailedAction): FluidscopeError {
  if (thrown instanceof FluidscopeError) return thrown;
  const text = messageOf(thrown);
  const known = KNOWN_FAILURES.find(({ pattern }) => pattern.test(text));
  const message = known === undefined ? `${action.message}: ${text}` : known.messageFor(action.path);
  const { code, hint } = known ?? action;
  return new FluidscopeError(message, { code: `${action.subject}.${code}`, hint, cause: thrown });
}

export function writeError(thrown: unknown, path: string): FluidscopeError {
  return storageError(thrown, {
    subject: 'trace',
    path,
    code: 'write-failed',
    message: `Cannot write the trace ${path}`,
    hint: 'Write the trace to another folder with -o. What reached the disk before stays readable.',
  });
}

export function readError(thrown: unknown, path: string): FluidscopeError {
  return storageError(thrown, {
    subject: 'trace',
    path,
    code: 'unreadable',
    message: `Cannot read the trace ${path}`,
    hint: 'The file may be damaged. If it was copied, copy it again together with its .wal.',
  });
}

export function notATrace(path: string, received: string): UsageError {
  return new UsageError([`Expected a fluidscope trace for ${path} but received ${received}`], {
    code: 'trace.not-a-trace',
    hint: 'Give the file that `fluidscope run -o FILE` has written. For token timings of other tools see `fluidscope score --help`.',
  });
}
