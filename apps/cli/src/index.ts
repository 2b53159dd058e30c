export type { CliContext } from './cli-context.js';
export { runCommandLine } from './program.js';
