import { defineProject, mergeConfig } from 'vitest/config';
import shared from '../../vitest.shared.js';

/** Real sockets on a busy machine: a test may take long, and none depends on how long. */
export default mergeConfig(
  shared,
  defineProject({ test: { name: 'telemetry-link', testTimeout: 60_000, hookTimeout: 60_000 } }),
);
