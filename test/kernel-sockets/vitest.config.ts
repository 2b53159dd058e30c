import { fileURLToPath } from 'node:url';
import { defineProject, mergeConfig } from 'vitest/config';
import shared from '../../vitest.shared.js';

/** Every test of the client once more, over sockets that the kernel stamps; its own project runs them over Node's. */
export default mergeConfig(
  shared,
  defineProject({
    test: {
      name: 'kernel-sockets',
      dir: fileURLToPath(new URL('../../packages/llm-client', import.meta.url)),
      setupFiles: [fileURLToPath(new URL('stamp-by-kernel.ts', import.meta.url))],
    },
  }),
);
