import { NS_PER_MS, NS_PER_S, NS_PER_US, type DurationNs } from './time.js';

const NS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1,
  us: NS_PER_US,
  µs: NS_PER_US,
  μs: NS_PER_US,
  ms: NS_PER_MS,
  s: NS_PER_S,
  m: 60 * NS_PER_S,
  min: 60 * NS_PER_S,
  h: 3_600 * NS_PER_S,
};

const DURATION = /^(\d+(?:\.\d+)?|\.\d+)\s*([a-zµμ]+)$/u;

/** What was wrong with a duration's text, as the end of a sentence: "expected … but received …". */
export interface DurationProblem {
  readonly problem: string;
}

/**
 * Reads `25ms`, `0.3s`, `2m`, `1h`, `250us` into whole nanoseconds (rounded to the nearest).
 *
 * A bare number is refused: `25` could be seconds to one reader and milliseconds to another. Negative
 * durations and unknown units are refused too. Never throws.
 */
export function parseDuration(text: string): DurationNs | DurationProblem {
  const trimmed = text.trim();
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) {
    return {
      problem: `expected a time with its unit (ns, us, ms, s, m, h), such as ${trimmed}ms or ${trimmed}s, but received the bare number "${trimmed}"`,
    };
  }
  const [, digits, unit] = DURATION.exec(trimmed) ?? [];
  const nsPerUnit = unit === undefined ? undefined : NS_PER_UNIT[unit];
  if (digits === undefined || nsPerUnit === undefined) {
    return { problem: `expected a time such as 25ms, 0.3s or 2m but received "${text}"` };
  }
  const value = Math.round(Number(digits) * nsPerUnit);
  if (!Number.isSafeInteger(value)) {
    return { problem: `expected a time below 104 days but received "${text}"` };
  }
  return value as DurationNs;
}

const STEPS: readonly (readonly [floorNs: number, nsPerUnit: number, unit: string])[] = [
  [NS_PER_S, NS_PER_S, 's'],
  [NS_PER_MS, NS_PER_MS, 'ms'],
  [NS_PER_US, NS_PER_US, 'µs'],
  [0, 1, 'ns'],
];

/** Three significant digits and the largest unit that keeps the value at 1 or more: `1.25 s`, `12.3 ms`, `850 ns`. */
export function formatDuration(durationNs: DurationNs): string {
  const rounded = Math.abs(Number(durationNs.toPrecision(3)));
  const [, nsPerUnit, unit] = STEPS.find(([floorNs]) => rounded >= floorNs) ?? [0, 1, 'ns'];
  const value = durationNs / nsPerUnit;
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.max(1, Math.abs(value)))));
  return `${value.toFixed(nsPerUnit === 1 ? 0 : decimals)} ${unit}`;
}
