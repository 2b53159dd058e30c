import { defineProject } from 'vitest/config';

/** The command line as users run it: child processes of what was built. Generous limits, for slow machines only. */
export default defineProject({
  test: { name: 'e2e', include: ['*.test.ts'], testTimeout: 120_000, hookTimeout: 60_000 },
});
