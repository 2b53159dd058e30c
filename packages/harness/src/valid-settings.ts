import { UsageError } from '@fluidscope/errors';
import type { LoadSettings } from './load-settings.js';

/** Throws a `UsageError` with every setting that no load can be driven by. */
export function requireValidSettings(settings: LoadSettings): void {
  const { deadlines, durationNs, drainLimitNs, maxInFlightCount } = settings;
  const problems = [
    wholeFrom(1, 'deadlines.ttftDeadlineNs', deadlines.ttftDeadlineNs),
    wholeFrom(1, 'deadlines.tbtDeadlineNs', deadlines.tbtDeadlineNs),
    wholeFrom(1, 'durationNs', durationNs),
    wholeFrom(0, 'drainLimitNs', drainLimitNs),
    wholeFrom(1, 'maxInFlightCount', maxInFlightCount),
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new UsageError(problems, { code: 'harness.settings' });
}

function wholeFrom(least: number, name: string, value: number | undefined): string | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return undefined;
  return `Expected a whole number from ${least} for ${name} but received ${value}`;
}
