import { FluidscopeError, messageOf, UsageError } from '@fluidscope/errors';
import type { FlagReader } from './flag-reader.js';

/** Runs `load`; what a user can mend of its failure becomes a problem of `flag`. */
export async function collectProblems<T>(
  reader: FlagReader,
  flag: string,
  load: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await load();
  } catch (thrown) {
    const problems = thrown instanceof UsageError ? thrown.problems : [messageOf(thrown)];
    if (!(thrown instanceof FluidscopeError) && !isFileError(thrown)) throw thrown;
    for (const problem of problems) reader.problem(flag, problem);
    return undefined;
  }
}

function isFileError(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && 'syscall' in thrown;
}
