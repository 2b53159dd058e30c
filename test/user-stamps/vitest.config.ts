import { fileURLToPath } from 'node:url';
import { defineProject } from 'vitest/config';
import { alone, patience } from '../../vitest.shared.js';

/** The command's own tests once more with the event loop's stamps; its own project runs them with the kernel's, where there are any. */
export default defineProject({
  test: {
    name: 'user-stamps',
    dir: fileURLToPath(new URL('../e2e', import.meta.url)),
    include: ['run.test.ts'],
    ...patience,
    ...alone,
    env: { FLUIDSCOPE_STAMP_SOURCE: 'user' },
  },
});
