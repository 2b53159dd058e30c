import { defineProject } from 'vitest/config';
import { patience } from '../../vitest.shared.js';

/**
 * The gates run as they do on the command line, on what was built: ESLint loads its config with Node's own import,
 * which knows no TypeScript.
 */
export default defineProject({ test: { name: 'gates', include: ['*.test.ts'], ...patience } });
