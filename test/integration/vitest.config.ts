import { defineProject, mergeConfig } from 'vitest/config';
import shared from '../../vitest.shared.js';

export default mergeConfig(
  shared,
  // Real servers and real traces, on a machine that may be busy with other tests.
  defineProject({ test: { name: 'integration', testTimeout: 60_000, hookTimeout: 60_000 } }),
);
