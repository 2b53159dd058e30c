import { durationNs, formatDuration } from '@fluidscope/units';

/** Of whole or fractional nanoseconds. */
export function duration(ns: number): string {
  return formatDuration(durationNs(Math.round(ns)));
}

/** Neither none nor all is said of what is not. */
export function percent(ratio: number): string {
  if (ratio > 0 && ratio < 0.005) return '< 1 %';
  return ratio >= 0.995 && ratio < 1 - 1e-9 ? '> 99 %' : `${(100 * ratio).toFixed(0)} %`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
}
