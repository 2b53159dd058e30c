import { NS_PER_MS, NS_PER_S, NS_PER_US, parseDuration } from '@fluidscope/units';
import { LATENCY_NAMES } from './metric-names.js';
import {
  boundOf,
  type ChangeTerm,
  type Gates,
  type RequestTerm,
  type RunMetric,
  type RunTerm,
  type Slo,
} from './terms.js';

/** The canonical text, which reads back as the same terms. */
export function formatSlo(slo: Slo | Gates): string {
  return [
    ...slo.requestTerms.map(formatRequestTerm),
    ...slo.runTerms.map(formatRunTerm),
    ...('changeTerms' in slo ? slo.changeTerms.map(formatChangeTerm) : []),
  ].join(' ');
}

export function formatRequestTerm(term: RequestTerm): string {
  return term.metric === 'fluidity_index'
    ? `fluidity:${term.floorIndex}`
    : `${LATENCY_NAMES[term.metric]}:${exactDuration(term.limitNs)}`;
}

export function formatRunTerm({ metric, limit }: RunTerm): string {
  return `${formatMetric(metric)}${separator(metric)}${formatAmount(metric, limit)}`;
}

export function formatChangeTerm({ metric, by, change }: ChangeTerm): string {
  const sign = change < 0 || Object.is(change, -0) ? '-' : '+';
  const amount = Math.abs(change);
  return `${formatMetric(metric)}${separator(metric)}${sign}${by === 'relative' ? `${inPercent(amount)}%` : changeAmount(metric, amount)}`;
}

/** A figure's name in the grammar: `p99_ttft`, `fluidity>=0.9` (before its share), `error_rate`. */
export function formatMetric(metric: RunMetric): string {
  switch (metric.kind) {
    case 'quantile':
      return `p${inPercent(metric.ratio)}_${LATENCY_NAMES[metric.of]}`;
    case 'share':
      return formatRequestTerm(metric.of).replace(':', metric.of.metric === 'fluidity_index' ? '>=' : '<=');
    case 'goodput':
    case 'error_rate':
    case 'missed_deadlines':
    case 'fluidity_index':
    case 'request_rate':
    case 'output_token_rate':
      return metric.kind;
  }
}

function separator(metric: RunMetric): string {
  if (metric.kind === 'share') return '@';
  return boundOf(metric) === 'at_most' ? '<=' : '>=';
}

function formatAmount(metric: RunMetric, amount: number): string {
  switch (metric.kind) {
    case 'quantile':
      return exactDuration(amount);
    case 'fluidity_index':
    case 'request_rate':
    case 'output_token_rate':
      return String(amount);
    case 'share':
    case 'goodput':
    case 'error_rate':
    case 'missed_deadlines':
      return exactShare(amount);
  }
}

/** As `formatAmount`, but for shares: their differences are percentage points. */
function changeAmount(metric: RunMetric, amount: number): string {
  return formatAmount(metric, amount).replace('%', 'pp');
}

/** In the largest unit that reads back as the same nanoseconds. */
function exactDuration(valueNs: number): string {
  const units = [
    ['s', NS_PER_S],
    ['ms', NS_PER_MS],
    ['us', NS_PER_US],
  ] as const;
  const texts = units
    .filter(([, perUnit]) => valueNs >= perUnit)
    .map(([unit, perUnit]) => `${valueNs / perUnit}${unit}`);
  return texts.find((text) => parseDuration(text) === valueNs) ?? `${valueNs}ns`;
}

function exactShare(ratio: number): string {
  const percent = inPercent(ratio);
  return Number(`${percent}e-2`) === ratio ? `${percent}%` : String(ratio);
}

/** Scaled in decimal: 0.999 is 99.9, not 99.90000000000001. */
function inPercent(ratio: number): string {
  const text = String(ratio);
  return text.includes('e') ? plainText(ratio * 100) : plainText(Number(`${text}e2`));
}

function plainText(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(20).replace(/0+$/, '') : text;
}
