import { defineProject } from 'vitest/config';

/**
 * The gates run as they do on the command line, on what was built: ESLint loads its config with Node's own import,
 * which knows no TypeScript. The first lint loads a whole program, hence the time limit.
 */
export default defineProject({ test: { name: 'gates', include: ['*.test.ts'], testTimeout: 60_000 } });
