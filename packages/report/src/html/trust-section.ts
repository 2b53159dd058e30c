import { disagrees, type Diagnosis } from '@fluidscope/diagnosis';
import type { SampleSeries } from '@fluidscope/trace-schema';
import { notJudgedLines } from '../not-judged-text.js';
import type { RunSummary } from '../run-summary.js';
import { duration, percent } from '../text-figures.js';
import type { TraceSources } from '../trace-sources.js';
import { dataTable } from './data-table.js';
import { html, type Html } from './html.js';
import { usualIntervalNs } from './sample-points.js';

const MOST_LOSSES_COUNT = 200;

export interface TrustMaterial {
  readonly diagnosis: Diagnosis;
  readonly sources: TraceSources;
  readonly gpuSeries: readonly SampleSeries[];
  readonly absent: readonly string[];
}

/** How far the figures above can be believed. */
export function trustSection(
  summary: RunSummary,
  { diagnosis, sources, gpuSeries, absent }: TrustMaterial,
): Html {
  const missing = [...absent, ...notJudgedLines(diagnosis).map((line) => `Causes ${line}.`)];
  return html`<section id="trust" aria-labelledby="trust-title">
    <h2 id="trust-title">Trust</h2>
    ${stampTable(summary)}
    <h3>Clocks of the GPU hosts</h3>
    ${clocks(sources)} ${namesTable(sources)}
    <h3>How often GPU sensors really refresh</h3>
    ${refreshes(gpuSeries)} ${lags(diagnosis)}
    <h3>Losses</h3>
    ${losses(summary)}
    <h3>What was not measured</h3>
    ${
      missing.length === 0
        ? html`<p>Everything that this page can show was measured.</p>`
        : html`<ul>
            ${missing.map((text) => html`<li>${text}</li>`)}
          </ul>`
    }
  </section>`;
}

function stampTable({ stamps }: RunSummary): Html {
  const { kernel, user } = stamps.chunksBySource;
  const error = stamps.errorNs;
  return dataTable(
    'Token times',
    ['Quantity', 'Value'],
    [
      ['Stamped by the kernel', kernel.toLocaleString('en')],
      ['Stamped by the process', user.toLocaleString('en')],
      ['Without a known bound', stamps.unboundedStampsCount.toLocaleString('en')],
      [
        'Error at most',
        error === undefined
          ? 'not known'
          : `half within ${duration(error.p50)}, 99.9 % within ${duration(error.p999)}, the worst within ${duration(error.max)}`,
      ],
      ['Cost of a stamp', duration(stamps.stampOverheadNs)],
      ['Step of the clock', duration(stamps.clockResolutionNs)],
    ],
  );
}

function clocks({ agents }: TraceSources): Html {
  return agents.length === 0
    ? html`<p>None: no agent was attached to this run.</p>`
    : dataTable(
        'How far an agent’s clock may be off the client’s',
        ['Host', 'At the worst'],
        agents.map(({ hostname, clockBoundNs }) => [
          hostname,
          clockBoundNs === undefined ? 'not aligned' : duration(clockBoundNs),
        ]),
      );
}

function namesTable({ names }: TraceSources): Html | undefined {
  return names.size === 0
    ? undefined
    : dataTable('Sources by their full names', ['In the trace', 'What it is'], [...names]);
}

function refreshes(series: readonly SampleSeries[]): Html {
  const byMetric = new Map<string, SampleSeries[]>();
  for (const each of series) byMetric.set(each.metric, [...(byMetric.get(each.metric) ?? []), each]);
  return series.length === 0
    ? html`<p>None: no GPU was sampled.</p>`
    : dataTable(
        'A value is only as young as its sensor; read more often, it repeats. The slowest GPU of each metric',
        ['Metric', 'GPUs', 'Read every', 'Changes every', 'Repeats', 'Time known within'],
        [...byMetric].map(([metric, ofMetric]) => [metric, ...refreshCells(ofMetric)]),
      );
}

function refreshCells(series: readonly SampleSeries[]): readonly string[] {
  const worst = (of: (each: SampleSeries) => number | undefined): string => {
    const values = series.flatMap((each) => of(each) ?? []);
    return values.length === 0 ? '–' : duration(values.reduce((most, value) => Math.max(most, value), 0));
  };
  const samplesCount = series.reduce((sum, { fresh }) => sum + fresh.length, 0);
  const freshCount = series.reduce((sum, { fresh }) => sum + fresh.reduce((a, b) => a + b, 0), 0);
  return [
    String(new Set(series.map(({ gpuUuid }) => gpuUuid)).size),
    worst(({ timeNs }) => usualIntervalNs(timeNs)),
    worst(({ timeNs, fresh }) => usualIntervalNs(timeNs.filter((_, index) => fresh[index] === 1))),
    samplesCount === 0 ? '–' : percent(1 - freshCount / samplesCount),
    worst(({ boundNs }) => boundNs.reduce((most, bound) => (bound > most ? bound : most), 0)),
  ];
}

function lags({ sensorLags }: Diagnosis): Html {
  return sensorLags.length === 0
    ? html`<p>
        How far each sensor comes behind the tokens is not known: the load was too even, or no GPU was
        sampled.
      </p>`
    : dataTable(
        'How far each sensor comes behind the tokens: where activity and token rate correlate best',
        ['GPU', 'Metric', 'Behind', 'At least', 'At most', 'Correlation', 'More than 50 ms off'],
        sensorLags.map((lag) => [
          lag.sourceId,
          lag.metric,
          ...[lag.lagNs, lag.fromNs, lag.toNs].map((ns) => `${(ns / 1e6).toFixed(0)} ms`),
          lag.correlationRatio.toFixed(2),
          disagrees(lag) ? 'yes' : 'no',
        ]),
      );
}

function losses({ losses: all }: RunSummary): Html {
  if (all.length === 0) return html`<p>None was recorded.</p>`;
  const shown = all.slice(0, MOST_LOSSES_COUNT);
  return dataTable(
    shown.length < all.length
      ? `The first ${shown.length} of ${all.length} losses`
      : 'What should have been recorded and was not',
    ['Source', 'From', 'For', 'Count', 'Reason'],
    shown.map(({ source, fromNs, toNs, count, reason }) => [
      source,
      `${(fromNs / 1e9).toFixed(3)} s`,
      duration(toNs - fromNs),
      count === undefined ? 'unknown' : String(count),
      reason,
    ]),
  );
}
