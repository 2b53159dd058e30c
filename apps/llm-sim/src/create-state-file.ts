import { FluidscopeError, messageOf } from '@fluidscope/errors';
import { openSync } from 'node:fs';

/** Opens a new file for writing; throws `FluidscopeError` when it exists or cannot be created. */
export function createStateFile(path: string): number {
  try {
    return openSync(path, 'wx');
  } catch (cause) {
    throw new FluidscopeError(
      `Expected to create the GPU state file ${path} but received: ${messageOf(cause)}`,
      {
        code: 'llm-sim.gpu-state-file',
        hint: 'Name a file that does not exist yet, best in /dev/shm; one that a killed server left can be removed.',
        cause,
      },
    );
  }
}
