import { defineProject, mergeConfig } from 'vitest/config';
import shared from '../../vitest.shared.js';

/** Real processes on a busy machine: a test may take long, and none depends on how long. */
export default mergeConfig(
  shared,
  defineProject({ test: { name: 'engine-launcher', testTimeout: 60_000, hookTimeout: 60_000 } }),
);
