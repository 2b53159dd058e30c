import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/** The cores of the two sides; `undefined` where processes cannot be pinned or there is one core. */
export const CORES = canPin ? { server: 0, client: 1 } : { server: undefined, client: undefined };

/** @param {number | undefined} core @param {readonly string[]} command @returns {readonly string[]} */
export function pinned(core, command) {
  return core === undefined ? command : ['taskset', '-c', String(core), ...command];
}
