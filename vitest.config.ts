import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './tools/summary-reporter.js';

export default defineConfig({
  test: {
    // One worker for each core: most of what takes long here waits for processes and sockets, and leaves its core idle.
    maxWorkers: '100%',
    projects: ['{packages,native,apps,test}/*/vitest.config.ts'],
    reporters: ['default', new SummaryReporter()],
  },
});
