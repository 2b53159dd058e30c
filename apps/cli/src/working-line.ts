import type { CliContext } from './cli-context.js';

const CLEAR_LINE = '\r\u001b[2K';
const QUIET_MS = 2_000;
const STEP_MS = 500;

/**
 * Runs `work`; what takes over two seconds says so on a terminal, in one line that renews itself and is gone when the work is done. Elsewhere,
 * and where `isQuiet`, nothing is said.
 */
export async function working<T>(
  what: string,
  work: () => Promise<T>,
  { stderr, isQuiet }: { readonly stderr: CliContext['stderr']; readonly isQuiet: boolean },
): Promise<T> {
  if (isQuiet || stderr.isTTY !== true) return work();
  const startedMs = performance.now();
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - startedMs;
    if (elapsedMs >= QUIET_MS) stderr.write(`${CLEAR_LINE}${what} … ${Math.floor(elapsedMs / 1_000)} s`);
  }, STEP_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if (performance.now() - startedMs >= QUIET_MS) stderr.write(CLEAR_LINE);
  }
}
