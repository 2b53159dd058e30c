import type { SerializedError } from 'vitest';
import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node';

/**
 * Prints `N passed, N failed` (and `, N skipped` when there are some) over the whole run as its very last line.
 *
 * A file that could not be loaded and an error outside any test count as one failure each: neither is a test,
 * and a last line that says `0 failed` over a red run would be a lie.
 */
export class SummaryReporter implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    const line = summaryLine(modules, unhandledErrors.length);
    if (reason === 'interrupted' && process.exitCode === undefined) process.exitCode = 1;
    // Vitest and other reporters still write after this hook; at exit nobody does.
    process.once('exit', () => console.log(line));
  }
}

function summaryLine(modules: readonly TestModule[], unhandledErrorsCount: number): string {
  const tally = { passed: 0, failed: unhandledErrorsCount, skipped: 0 };
  for (const module of modules) {
    let failedHereCount = 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') tally.passed += 1;
      else if (state === 'failed') failedHereCount += 1;
      else tally.skipped += 1;
    }
    tally.failed += failedHereCount === 0 && !module.ok() ? 1 : failedHereCount;
  }
  const skipped = tally.skipped === 0 ? '' : `, ${tally.skipped} skipped`;
  return `${tally.passed} passed, ${tally.failed} failed${skipped}`;
}
