import { defineConfig } from 'vitest/config';

const conditions = ['@fluidscope/source', 'node', 'import', 'module', 'default'];

/** Tests run on the sources: no stale build can pass or fail one. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: { include: ['src/**/*.test.ts', '*.test.ts'], environment: 'node' },
});
