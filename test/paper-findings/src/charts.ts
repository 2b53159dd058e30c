import { barChartSvg, lineChartSvg } from './chart-svg.js';
import type { LoadPoint, SystemCurve } from './chunked-prefill.js';
import type { Findings } from './findings.js';
import type { StalledRun } from './hidden-stall.js';
import type { TokenRates } from './token-rates.js';

/** Charts by file name. */
export function chartsOf({ rates, arxiv, shareGpt, stall }: Findings): ReadonlyMap<string, string> {
  return new Map([
    ['paper-token-rates.svg', ratesChart(rates)],
    [
      'paper-arxiv-fluency.svg',
      fluencyChart('arXiv-like: requests with a decode fluidity-index of 0.9', arxiv),
    ],
    ['paper-arxiv-ttft.svg', ttftChart('arXiv-like: median time to first token', arxiv, 8)],
    [
      'paper-sharegpt-fluency.svg',
      fluencyChart('ShareGPT-like: requests with a decode fluidity-index of 0.9', shareGpt),
    ],
    ['paper-sharegpt-ttft.svg', ttftChart('ShareGPT-like: median time to first token', shareGpt, 4)],
    ['paper-hidden-stall.svg', stallChart(stall)],
  ]);
}

function ratesChart(rates: readonly TokenRates[]): string {
  const group = (name: string, of: (rates: TokenRates) => number) => {
    const best = Math.max(...rates.map(of));
    return { name, bars: rates.map((each) => ({ ratio: of(each) / best, label: of(each).toPrecision(3) })) };
  };
  return barChartSvg(
    'Token rate by three definitions, tokens/s; each beside its best',
    rates.map(({ system }) => system),
    [
      group('throughput', ({ throughputPerS }) => throughputPerS),
      group('1 / median TPOT', ({ tpotRatePerS }) => tpotRatePerS),
      group('fluid token generation rate', ({ fluidRatePerS }) => fluidRatePerS),
    ],
  );
}

function fluencyChart(title: string, curves: readonly SystemCurve[]): string {
  return loadChart(
    { title, yLabel: '% of requests', yMax: 100 },
    curves,
    (point) => 100 * point.decodeFluentRatio,
  );
}

function ttftChart(title: string, curves: readonly SystemCurve[], yMax: number): string {
  return loadChart({ title, yLabel: 's', yMax }, curves, (point) => point.ttftP50Ns / 1e9);
}

function loadChart(
  texts: { readonly title: string; readonly yLabel: string; readonly yMax: number },
  curves: readonly SystemCurve[],
  of: (point: LoadPoint) => number,
): string {
  return lineChartSvg({
    ...texts,
    xLabel: 'requests/s',
    series: curves.map(({ system, points }) => ({
      name: system,
      points: points.map((point) => [point.ratePerS, of(point)] as const),
    })),
  });
}

function stallChart({ even, stalled }: Findings['stall']): string {
  const series = (name: string, { tokenTimesS }: StalledRun) => ({
    name,
    points: tokenTimesS.map((atS, token) => [atS, token + 1] as const),
  });
  return lineChartSvg({
    title: 'Tokens of one request: the same TPOT',
    xLabel: 's since its first token',
    yLabel: 'tokens',
    yMax: even.tokenTimesS.length,
    series: [series('400 short pauses', even), series('one pause of 2 s', stalled)],
  });
}
