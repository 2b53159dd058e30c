import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { chartsOf } from './charts.js';
import { highestFluentRatePerS, type SystemCurve } from './chunked-prefill.js';
import { findingsMarkdown } from './findings-markdown.js';
import { findingsOf, type Findings } from './findings.js';
import { ranking } from './token-rates.js';

const DOCS = new URL('../../../docs/', import.meta.url);

const known = new Map<number, Findings>();

/** Each seed once: they take seconds. */
function knownFindings(seed: number): Findings {
  const findings = known.get(seed) ?? findingsOf(seed);
  known.set(seed, findings);
  return findings;
}

describe.each([1, 2])('with seed %i', (seed) => {
  let findings: Findings;
  beforeAll(() => {
    findings = knownFindings(seed);
  });

  it('the three definitions of a token rate rank the systems differently', () => {
    const { rates } = findings;
    const byThroughput = ranking(rates, ({ throughputPerS }) => throughputPerS);
    const byTpot = ranking(rates, ({ tpotRatePerS }) => tpotRatePerS);
    const byFluidRate = ranking(rates, ({ fluidRatePerS }) => fluidRatePerS);
    expect(byThroughput).not.toEqual(byTpot);
    expect(byTpot).not.toEqual(byFluidRate);
    expect(byThroughput.at(-1)).toBe('chunked 512');
    expect(byFluidRate.slice(0, 2)).toEqual(['chunked 512', 'chunked 2048']);
    expect(byTpot.indexOf('unchunked')).toBeLessThan(byTpot.indexOf('chunked 2048'));
  });

  it('TPOT has all systems close together that the fluid rate has far apart', () => {
    const spread = (values: readonly number[]): number => Math.max(...values) / Math.min(...values);
    expect(spread(findings.rates.map(({ tpotRatePerS }) => tpotRatePerS))).toBeLessThan(1.2);
    expect(spread(findings.rates.map(({ fluidRatePerS }) => fluidRatePerS))).toBeGreaterThan(4);
  });

  it.each(['arxiv', 'shareGpt'] as const)(
    'chunks keep running streams in time at every load (%s), at the first token’s price',
    (name) => {
      const [chunked, unchunked, prefillFirst] = findings[name] as [SystemCurve, SystemCurve, SystemCurve];
      for (const point of chunked.points) expect(point.decodeFluentRatio).toBeGreaterThan(0.99);
      for (const { points } of [unchunked, prefillFirst])
        expect(points.at(-1)?.decodeFluentRatio).toBeLessThan(0.4);
      chunked.points.forEach((point, at) => {
        expect(point.ttftP50Ns).toBeGreaterThan(unchunked.points[at]?.ttftP50Ns ?? NaN);
        expect(point.fluentRatio).toBeGreaterThanOrEqual((unchunked.points[at]?.fluentRatio ?? NaN) - 0.02);
      });
      expect(highestFluentRatePerS(chunked, 0.8)).toBeGreaterThanOrEqual(
        highestFluentRatePerS(unchunked, 0.8),
      );
    },
  );

  it('a stall has the TPOT of small delays, a better TBT p99, and a worse fluidity-index', () => {
    const { even, stalled } = findings.stall;
    expect(stalled.tpotP50Ns).toBe(even.tpotP50Ns);
    expect(stalled.tbtP99Ns).toBeLessThan(even.tbtP99Ns);
    expect(even.fluidityIndex).toBeGreaterThan(0.99);
    expect(stalled.fluidityIndex).toBeLessThan(0.92);
  });
});

it('the document and its charts are what the command writes', () => {
  const findings = knownFindings(1);
  const files = [['paper-findings.md', findingsMarkdown(findings, 1)] as const, ...chartsOf(findings)];
  for (const [name, text] of files) expect(readFileSync(new URL(name, DOCS), 'utf8'), name).toBe(text);
});
