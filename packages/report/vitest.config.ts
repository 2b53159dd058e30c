import { defineProject, mergeConfig } from 'vitest/config';
import shared from '../../vitest.shared.js';

export default mergeConfig(
  shared,
  defineProject({
    test: {
      name: 'report',
      globalSetup: './build-page.mjs',
      // Browsers and simulated runs take a busy machine long.
      testTimeout: 120_000,
      hookTimeout: 120_000,
    },
  }),
);
