import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './tools/summary-reporter.js';

export default defineConfig({
  test: {
    projects: ['{packages,native,apps,test}/*/vitest.config.ts'],
    reporters: ['default', new SummaryReporter()],
  },
});
