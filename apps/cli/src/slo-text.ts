import type { Slo, SloTerm } from '@fluidscope/metrics';
import { parseDuration } from '@fluidscope/units';

const LATENCY_METRICS: Readonly<Record<string, 'ttft' | 'tpot' | 'end_to_end'>> = {
  ttft: 'ttft',
  time_to_first_token: 'ttft',
  tpot: 'tpot',
  inter_token_latency: 'tpot',
  e2e: 'end_to_end',
  e2el: 'end_to_end',
  end_to_end: 'end_to_end',
  request_latency: 'end_to_end',
};

const FLUIDITY_METRICS: ReadonlySet<string> = new Set(['fluidity', 'fluidity_index']);

/**
 * Reads the terms of an SLO, parted by blanks or commas: `ttft:500ms tpot:50ms e2e:10s fluidity:0.9`. Latencies are
 * limits and take units, the fluidity-index is a floor from 0 to 1. AIPerf's and vLLM's names of the same metrics are
 * known. Never throws; every wrong term is named.
 */
export function parseSlo(text: string): Slo | { readonly problem: string } {
  const terms: SloTerm[] = [];
  const problems: string[] = [];
  for (const word of text.split(/[\s,]+/).filter((part) => part !== '')) {
    const term = parseTerm(word);
    if ('problem' in term) problems.push(term.problem);
    else terms.push(term);
  }
  if (terms.length + problems.length === 0) problems.push('expected at least one term such as ttft:500ms');
  return problems.length > 0 ? { problem: problems.join('; ') } : terms;
}

function parseTerm(word: string): SloTerm | { readonly problem: string } {
  const [, name, value] = /^([a-z0-9_]+)(?::|<=|>=)(.+)$/i.exec(word) ?? [];
  if (name === undefined || value === undefined) {
    return { problem: `expected a term such as ttft:500ms but received "${word}"` };
  }
  if (FLUIDITY_METRICS.has(name)) return parseFloor(value);
  const metric = Object.hasOwn(LATENCY_METRICS, name) ? LATENCY_METRICS[name] : undefined;
  if (metric === undefined) {
    return { problem: `expected ttft, tpot, e2e or fluidity but received the metric "${name}"` };
  }
  const limitNs = parseDuration(value);
  return typeof limitNs === 'object' ? { problem: `${name}: ${limitNs.problem}` } : { metric, limitNs };
}

function parseFloor(text: string): SloTerm | { readonly problem: string } {
  const floorIndex = Number(text);
  return floorIndex >= 0 && floorIndex <= 1
    ? { metric: 'fluidity_index', floorIndex }
    : { problem: `fluidity: expected a floor from 0 to 1 but received "${text}"` };
}
