import { defineConfig } from 'vitest/config';

const conditions = ['@fluidscope/source', 'node', 'import', 'module', 'default'];

/** How long a test may take, for it may share a slow machine with anything: none depends on how fast it is. */
export const patience = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 30_000 } },
} as const;

/** For tests that look at how true a stamp is: one file at a time, once those that fill the machine are done. */
export const alone = { maxWorkers: 1, sequence: { groupOrder: 1 } } as const;

/** Tests run on the sources: no stale build can pass or fail one. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: { include: ['src/**/*.test.ts', '*.test.ts'], environment: 'node', ...patience },
});
