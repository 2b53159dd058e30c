import type { CurveData } from '../page-data/page-data.js';
import { costLines, rateLimitLines } from '../maas-lines.js';
import { ownTermsNote } from '../own-terms-note.js';
import type { RunSummary } from '../run-summary.js';
import { duration } from '../text-figures.js';
import { dataTable } from './data-table.js';
import { chartPlace } from './distributions-section.js';
import { html, type Html } from './html.js';

const CHART_IDS = ['offered', 'lateness'];

/** Whether the server was asked what the plan says, and what became of it. */
export function loadSection(summary: RunSummary, curves: readonly CurveData[]): Html {
  const { load, goodput, sloText } = summary;
  const lateness = load.sendLatenessNs;
  const perS = (value: number | undefined): string => (value === undefined ? '–' : `${value.toFixed(2)}/s`);
  const rows: readonly (readonly [string, string])[] = [
    ['Asked for', `${load.plannedCount} requests, ${perS(load.intendedRatePerS)}`],
    ['Sent', `${load.sentCount} requests, ${perS(load.sentRatePerS)}`],
    ['Ended well', `${load.okCount}, ${perS(load.requestThroughputPerS)}`],
    ['Failed', String(load.errorCount)],
    ['Cancelled', String(load.cancelledCount)],
    ['Unfinished when the trace ended', String(load.unfinishedCount)],
    ['Warm-up, in no figure of this page', String(load.warmupCount)],
    ['Output', `${load.outputTokens.toLocaleString('en')} tokens, ${perS(load.outputTokenThroughputPerS)}`],
    [
      'Schedule lateness',
      lateness === undefined
        ? '–'
        : `p50 ${duration(lateness.p50)}, p99 ${duration(lateness.p99)}, worst ${duration(lateness.max)}`,
    ],
    ...(goodput === undefined
      ? []
      : ([
          [
            'Goodput',
            `${goodput.metCount} of ${goodput.requestsCount} requests met ${sloText ?? 'their terms'}, ${perS(goodput.requestsPerS)}${ownTermsNote(goodput)}`,
          ],
        ] as const)),
    ...[...rateLimitLines(summary.rateLimit), ...costLines(summary.cost)].map(rowOfLine),
  ];
  return html`<section id="load" aria-labelledby="load-title">
    <h2 id="load-title">Load</h2>
    <div class="curves">${curves.filter(({ id }) => CHART_IDS.includes(id)).map(chartPlace)}</div>
    ${dataTable('Load offered against load asked for', ['Part', 'Requests'], rows)}
    <h3>Errors</h3>
    ${errors(summary)}
  </section>`;
}

/** The terminal's lines, in their words: a label, then the fact. */
function rowOfLine(line: string): readonly [string, string] {
  const label = line.slice(0, 16).trim();
  return [label.charAt(0).toUpperCase() + label.slice(1), line.slice(16)];
}

function errors({ failures }: RunSummary): Html {
  return failures.length === 0
    ? html`<p>None: no measured request failed.</p>`
    : dataTable(
        'Failures; they are in no latency',
        ['Error', 'HTTP status', 'Count', 'For example'],
        failures.map(({ errorCode, httpStatus, count, example }) => [
          errorCode,
          httpStatus === undefined ? '–' : String(httpStatus),
          String(count),
          example ?? '–',
        ]),
      );
}
