import type { CliContext } from './cli-context.js';

const USUAL_COLUMNS = 100;
const LEAST_COLUMNS = 40;

/** How wide results may be: the terminal's width, and a readable one where stdout is none. */
export function terminalColumns({ stdout }: CliContext): number {
  return Math.max(LEAST_COLUMNS, stdout.columns ?? USUAL_COLUMNS);
}
