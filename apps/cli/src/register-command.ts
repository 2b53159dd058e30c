import type { Command } from 'commander';
import type { CliContext } from './cli-context.js';

/** Adds one command to the program. A command's action throws `FluidscopeError` for what a user can mend. */
export type RegisterCommand = (program: Command, context: CliContext) => void;
