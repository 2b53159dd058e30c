import { defineProject } from 'vitest/config';
import { alone, patience } from '../../vitest.shared.js';

/** The command line as users run it: child processes of what was built. */
export default defineProject({
  test: { name: 'e2e', include: ['*.test.ts'], ...patience, ...alone },
});
