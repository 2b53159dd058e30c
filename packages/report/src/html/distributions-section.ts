import type { Distribution } from '@fluidscope/metrics';
import type { CurveData } from '../page-data/page-data.js';
import type { RunSummary } from '../run-summary.js';
import { duration } from '../text-figures.js';
import { dataTable } from './data-table.js';
import { html, type Html } from './html.js';

const CHART_IDS = ['ttft', 'tbt', 'tpot', 'normalized', 'end_to_end', 'miss_curve', 'prompt_ttft', 'prefill'];
const HEADER = ['Quantity', 'Count', 'Mean', 'Min', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'Max'];

/** How the waits were spread, as charts and as the figures behind them. */
export function distributionsSection(summary: RunSummary, curves: readonly CurveData[]): Html {
  const shown = curves.filter(({ id }) => CHART_IDS.includes(id));
  return html`<section id="distributions" aria-labelledby="distributions-title">
    <h2 id="distributions-title">Distributions</h2>
    ${
      shown.length === 0
        ? html`<p>Empty: no measured request ended well, so there is no latency to show.</p>`
        : html`<p class="hint">
              Over measured requests that ended well, from the intended send. The curves show the share at or
              below a value.
            </p>
            <div class="curves">${shown.map(chartPlace)}${chosenRequest()}</div>`
    }
    ${distributionTable(summary)} ${rateTable(summary)}
  </section>`;
}

/** Where the script draws a chart; its figures stand in the section's table. */
export function chartPlace({ id, title }: CurveData): Html {
  return html`<figure class="curve" aria-labelledby="curve-${id}">
    <h3 id="curve-${id}">${title}</h3>
    <div data-curve="${id}"></div>
  </figure>`;
}

function chosenRequest(): Html {
  return html`<figure class="curve" aria-labelledby="curve-chosen">
    <h3 id="curve-chosen">Tokens against time of one request</h3>
    <label for="chosen-request"
      >Request
      <select id="chosen-request"></select
    ></label>
    <div id="chosen-chart"></div>
  </figure>`;
}

function distributionTable({ latency, fluidity }: RunSummary): Html {
  const rows: readonly (readonly [
    label: string,
    distribution: Distribution | undefined,
    show: (value: number) => string,
  ])[] = [
    ['TTFT', latency.ttftNs, duration],
    ['TTFT from the actual send', latency.ttftFromSentNs, duration],
    ['TTFT of what a user sees', latency.ttftVisibleNs, duration],
    ['TBT', latency.tbtNs, duration],
    ['Time between chunks', latency.interChunkTimeNs, duration],
    ['TPOT', latency.tpotMeanNs, duration],
    ['End to end', latency.endToEndNs, duration],
    ['Normalized latency', latency.normalizedLatencyNs, duration],
    ['Prompt tokens', latency.promptTokens, asCount],
    ['Output tokens', latency.outputTokens, asCount],
    ['Fluidity-index', fluidity.perRequest, asIndex],
    ['Fluidity-index, decode only', fluidity.decodeFluidityPerRequest, asIndex],
    ['Fluidity-index, by tokens', fluidity.tokenFluidityPerRequest, asIndex],
  ];
  return dataTable(
    'The distributions in figures. ~: less than one value lies beyond this percentile',
    HEADER,
    rows.map(([label, distribution, show]) => [label, ...cells(distribution, show)]),
  );
}

function cells(distribution: Distribution | undefined, show: (value: number) => string): readonly string[] {
  if (distribution === undefined) return ['0', ...Array<string>(HEADER.length - 2).fill('–')];
  const { count, mean, min, max, unsupportedPercentiles } = distribution;
  const percentiles = (['p50', 'p90', 'p95', 'p99', 'p999'] as const).map(
    (name) => `${unsupportedPercentiles.includes(name) ? '~' : ''}${show(distribution[name])}`,
  );
  return [asCount(count), show(mean), show(min), ...percentiles, show(max)];
}

function asCount(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 1 });
}

function asIndex(value: number): string {
  return value.toFixed(4);
}

function rateTable({ fluidity, load, latency }: RunSummary): Html {
  const rate = fluidity.fluidTokenGenerationRate;
  const perS = (value: number | undefined): string =>
    value === undefined ? '–' : `${value.toFixed(2)} tokens/s`;
  const meanTpotNs = latency.tpotMeanNs?.mean;
  return dataTable(
    'Token rate by its definitions',
    ['Definition', 'Rate', 'What it says'],
    [
      [
        'Fluid token generation rate',
        perS(rate?.tokensPerS),
        '99 % of the requests keep a decode fluidity-index of 0.9 at this rate, one stream',
      ],
      [
        'The same as Etalon reckons it',
        perS(rate?.etalonCompatibleTokensPerS),
        'with an interpolated 99th percentile',
      ],
      [
        'By mean TPOT',
        perS(meanTpotNs === undefined || meanTpotNs === 0 ? undefined : 1e9 / meanTpotNs),
        'one stream, stalls averaged away',
      ],
      ['Throughput', perS(load.outputTokenThroughputPerS), 'all streams together, over the whole window'],
    ],
  );
}
