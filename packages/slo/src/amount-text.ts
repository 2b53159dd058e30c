import { parseDuration } from '@fluidscope/units';
import type { ChangeTerm, RunMetric } from './terms.js';

type Problem = { readonly problem: string };

/** A share from 0 to 1: `99%`, `0.99`. */
export function parseShare(text: string): number | Problem {
  const percent = /^([\d.]+)%$/.exec(text)?.[1];
  const ratio = percent === undefined ? numberOf(text) : numberOf(percent, -2);
  if (ratio !== undefined && ratio >= 0 && ratio <= 1) return ratio;
  return { problem: `expected a share from 0 to 1 or in percent, such as 99%, but received "${text}"` };
}

/** A fluidity-index, from 0 to 1. */
export function parseIndex(text: string): number | Problem {
  const index = numberOf(text);
  if (index !== undefined && index >= 0 && index <= 1) return index;
  return { problem: `expected a floor from 0 to 1 but received "${text}"` };
}

/** A run figure's limit in its own unit. */
export function parseLimit(metric: RunMetric, text: string): number | Problem {
  switch (metric.kind) {
    case 'quantile':
      return parseDuration(text);
    case 'fluidity_index':
      return parseIndex(text);
    case 'request_rate':
    case 'output_token_rate':
      return parseRate(text);
    case 'share':
    case 'goodput':
    case 'error_rate':
    case 'missed_deadlines':
      return parseShare(text);
  }
}

function parseRate(text: string): number | Problem {
  const ratePerS = numberOf(text.replace(/\/s$/, ''));
  if (ratePerS !== undefined) return ratePerS;
  return { problem: `expected a count a second, such as 4.5 or 4.5/s, but received "${text}"` };
}

/** A signed difference to another run: `+5%`, `+20ms`, `-0.01`, `-1pp`. */
export function parseChange(metric: RunMetric, text: string): Pick<ChangeTerm, 'by' | 'change'> | Problem {
  const sign = text.startsWith('-') ? -1 : 1;
  const amount = text.slice(1);
  const percent = /^([\d.]+)%$/.exec(amount)?.[1];
  const isRatio = !['quantile', 'request_rate', 'output_token_rate'].includes(metric.kind);
  if (percent !== undefined) {
    if (isRatio) return { problem: percentOfPercent(text) };
    const ratio = numberOf(percent, -2);
    return ratio === undefined ? changeProblem(metric, text) : { by: 'relative', change: sign * ratio };
  }
  const absolute = isRatio
    ? parsePoints(amount)
    : metric.kind === 'quantile'
      ? parseDuration(amount)
      : numberOf(amount);
  if (absolute === undefined) return changeProblem(metric, text);
  return typeof absolute === 'object' ? absolute : { by: 'absolute', change: sign * absolute };
}

/** `1pp` is one percentage point: 0.01. */
function parsePoints(text: string): number | undefined {
  const points = /^([\d.]+)pp$/.exec(text)?.[1];
  const change = points === undefined ? numberOf(text) : numberOf(points, -2);
  return change !== undefined && change <= 1 ? change : undefined;
}

function percentOfPercent(text: string): string {
  const points = text.replace('%', 'pp');
  return `expected a difference such as ${points} (percentage points) but received "${text}", which could also mean a share of a share`;
}

function changeProblem({ kind }: RunMetric, text: string): Problem {
  const examples =
    kind === 'quantile'
      ? '+5% or +20ms'
      : kind.endsWith('_rate') && kind !== 'error_rate'
        ? '-5% or -0.5'
        : '-1pp or -0.01';
  return { problem: `expected a difference such as ${examples} but received "${text}"` };
}

/** Unsigned digits only; scaled in decimal, so that 99.9 % is 0.999 exactly. */
function numberOf(digits: string, exponent = 0): number | undefined {
  if (!/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(digits)) return undefined;
  const value = exponent === 0 ? Number(digits) : Number(`${digits}e${exponent}`);
  return Number.isFinite(value) ? value : undefined;
}
