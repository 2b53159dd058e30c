import { defineProject, mergeConfig } from 'vitest/config';
import shared from '../../vitest.shared.js';

export default mergeConfig(
  shared,
  // Whole simulated runs, on a machine that may be busy with other tests.
  defineProject({ test: { name: 'paper-findings', testTimeout: 120_000, hookTimeout: 60_000 } }),
);
