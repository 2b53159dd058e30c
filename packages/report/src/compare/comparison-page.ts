import type { ComparedRun, Comparison, JudgedGate } from '@fluidscope/compare';
import type { JudgedScore } from '@fluidscope/slo';
import { shareSeries } from '../html/curves.js';
import { dataTable } from '../html/data-table.js';
import { chartPlace } from '../html/distributions-section.js';
import { html, type Html } from '../html/html.js';
import { offlinePage } from '../html/offline-page.js';
import type { CurveData, PageData } from '../page-data/page-data.js';
import {
  CAUSE_HEADER,
  causeRows,
  figureHeader,
  figureRows,
  GATE_HEADER,
  gateRows,
  runLines,
} from './comparison-figures.js';

/** Its tables are short: none of their rows should hide. */
const STYLE = '.table { max-height: none; }';

/** Two runs side by side as one HTML document that needs no network and no other file: the curves of both in each chart. */
export function comparisonPage(comparison: Comparison, gates: readonly JudgedGate[]): string {
  const curves = curvesOf(comparison);
  const real = figureRows(comparison).filter((_, index) => comparison.figures[index]?.word === 'real');
  return offlinePage({
    title: `Fluidscope comparison: ${comparison.first.name} and ${comparison.second.name}`,
    style: STYLE,
    header: html`<h1>Fluidscope comparison</h1>
      ${runLines(comparison).map((line) => html`<p>${line}</p>`)}`,
    main: html`${verdict(comparison, gates, real)} ${figures(comparison)} ${charts(curves)}
    ${causes(comparison)}`,
    data: pageData(curves),
  });
}

function verdict(
  { warnings }: Comparison,
  gates: readonly JudgedGate[],
  real: readonly (readonly string[])[],
): Html {
  return html`<section id="verdict" aria-labelledby="verdict-title">
    <h2 id="verdict-title">Verdict</h2>
    ${
      real.length === 0
        ? html`<p>No difference is real beyond noise.</p>`
        : html`<ul>
            ${real.map(([label, one, other, change, , , word]) => html`<li><strong>${label}</strong> ${one} → ${other} (${change}): ${word}</li>`)}
          </ul>`
    }
    ${
      warnings.length === 0
        ? undefined
        : html`<div class="warnings" role="note" aria-label="Why the runs may not be comparable">
            <h3>Warnings</h3>
            <ul>
              ${warnings.map((warning) => html`<li>${warning}</li>`)}
            </ul>
          </div>`
    }
    ${gates.length === 0 ? undefined : dataTable('Gates', GATE_HEADER, gateRows(gates))}
  </section>`;
}

function figures(comparison: Comparison): Html {
  return html`<section id="figures" aria-labelledby="figures-title">
    <h2 id="figures-title">Figures</h2>
    ${dataTable('Each figure of both runs, and how they differ', figureHeader(comparison), figureRows(comparison))}
  </section>`;
}

function charts(curves: readonly CurveData[]): Html {
  return html`<section id="distributions" aria-labelledby="distributions-title">
    <h2 id="distributions-title">Distributions</h2>
    ${
      curves.length === 0
        ? html`<p>Empty: no measured request of either run ended well.</p>`
        : html`<p class="hint">
              Over measured requests that ended well. The curves show the share at or below a value.
            </p>
            <div class="curves">${curves.map(chartPlace)}</div>`
    }
  </section>`;
}

function causes(comparison: Comparison): Html {
  const rows = causeRows(comparison);
  return html`<section id="causes" aria-labelledby="causes-title">
    <h2 id="causes-title">Causes</h2>
    ${typeof rows === 'string' ? html`<p>${rows}</p>` : dataTable('What each cause cost, by the traces’ own diagnoses', CAUSE_HEADER, rows)}
  </section>`;
}

function curvesOf({ first, second }: Comparison): readonly CurveData[] {
  const perRequest =
    (of: (score: JudgedScore) => number | undefined) =>
    ({ requests }: ComparedRun): Float64Array =>
      Float64Array.from(requests.flatMap(({ score }) => (score === undefined ? [] : (of(score) ?? []))));
  const charts = [
    { id: 'ttft', title: 'Time to first token', of: 'requests', values: perRequest(({ ttftNs }) => ttftNs) },
    { id: 'tbt', title: 'Time between tokens', of: 'tokens', values: gapsOf },
    {
      id: 'tpot',
      title: 'Mean time per output token',
      of: 'requests',
      values: perRequest(({ tpotMeanNs }) => tpotMeanNs),
    },
    {
      id: 'end_to_end',
      title: 'End to end',
      of: 'requests',
      values: perRequest(({ endToEndNs }) => endToEndNs),
    },
  ];
  return charts.flatMap(({ id, title, of, values }): CurveData[] => {
    const series = (
      [
        ['A', first],
        ['B', second],
      ] as const
    ).flatMap(([letter, run]) => shareSeries(`${letter} ${run.name}`, values(run)));
    const base = {
      id,
      title,
      kind: 'line',
      xLabel: 'ms',
      isLogX: true,
      yLabel: `% of ${of} at or below`,
    } as const;
    return series.length === 0 ? [] : [{ ...base, series }];
  });
}

function gapsOf({ requests }: ComparedRun): Float64Array {
  const parts = requests.flatMap(({ tbtNs }) => tbtNs ?? []);
  const gapsNs = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    gapsNs.set(part, offset);
    offset += part.length;
  }
  return gapsNs;
}

/** A page without a timeline: only its curves are drawn. */
function pageData(curves: readonly CurveData[]): PageData {
  const none = '';
  return {
    ...{ tickNs: 1, endTicks: 1, ttftDeadlineS: 1, tbtDeadlineS: 1 },
    requests: {
      ...{
        ids: none,
        intendedTicks: none,
        sentTicks: none,
        endTicks: none,
        states: none,
        missedCounts: none,
      },
      ...{ markCounts: none, marks: none, tokenCounts: none, markMissedCounts: none },
    },
    episodes: [],
    panels: [],
    curves,
  };
}
