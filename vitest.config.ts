import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './tools/summary-reporter.js';

export default defineConfig({
  test: {
    projects: ['{packages,apps,test}/*/vitest.config.ts'],
    reporters: ['default', new SummaryReporter()],
  },
});
