import { html, type Html } from '../html/html.js';
import { offlinePage } from '../html/offline-page.js';
import { capacityText, type CapacityChart } from './capacity-chart.js';
import { capacitySvg } from './capacity-svg.js';

/** Capacities of a matrix of systems, workloads and SLOs. */
export interface CapacityMatrix {
  readonly title: string;
  /** One a workload. */
  readonly charts: readonly CapacityChart[];
  /** What a reader must know of how they came to be. */
  readonly notes: readonly string[];
}

const CHART_STYLE = `
  figure.capacity { margin: 0.5rem 0 1rem; overflow-x: auto; }
  figure.capacity svg { width: 100%; min-width: 34rem; max-height: 26rem; }
  figure.capacity text { fill: var(--ink); font: 13px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
  figure.capacity .tick { fill: var(--muted); font-size: 12px; }
  figure.capacity .grid { stroke: var(--grid); }
  figure.capacity .whisker { stroke: var(--ink); stroke-width: 1.5; fill: none; }
  figure.capacity .bar { fill: currentColor; stroke: currentColor; fill-opacity: 0.75; }
  figure.capacity .open-ended { fill-opacity: 0.3; stroke-dasharray: 4 3; }
  .swatch { display: inline-block; width: 0.8em; height: 0.8em; border-radius: 2px; background: currentColor; }
  ${Array.from({ length: 8 }, (_, hue) => `.hue-${hue} { color: var(--hue-${hue}); }`).join('\n  ')}
  .legend .name { color: var(--ink); }
  table.capacity td, table.capacity th { padding: 0.2rem 0.9rem 0.2rem 0; text-align: left; vertical-align: top; font-variant-numeric: tabular-nums; }
`;

/** A matrix of capacities as one HTML document without script that needs no network and no other file. Every text is escaped. */
export function capacityMatrixPage({ title, charts, notes }: CapacityMatrix): string {
  return offlinePage({
    title,
    style: CHART_STYLE,
    header: html`<h1>${title}</h1>
      <p>Highest load at which each SLO holds, with its interval.</p>`,
    main: html`${
      notes.length === 0
        ? undefined
        : html`<ul>
            ${notes.map((note) => html`<li>${note}</li>`)}
          </ul>`
    }
    ${charts.map((chart, index) => chartSection(chart, index))}`,
  });
}

function chartSection(chart: CapacityChart, index: number): Html {
  const id = `workload-${index}`;
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${chart.title}</h2>
    <ul class="legend">
      ${chart.systems.map(
        (system, hue) =>
          html`<li class="hue-${hue % 8}">
            <span class="swatch"></span> <span class="name">${system}</span>
          </li>`,
      )}
    </ul>
    <figure class="capacity">${capacitySvg(chart)}</figure>
    ${capacityTable(chart)} ${failures(chart)}
  </section>`;
}

function capacityTable({ title, unit, systems, slos, bars }: CapacityChart): Html {
  return html`<table class="capacity">
    <caption class="visually-hidden">
      ${title}: capacity in ${unit}
    </caption>
    <thead>
      <tr>
        <th scope="col">SLO (${unit})</th>
        ${systems.map((system) => html`<th scope="col">${system}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${slos.map(
        ({ name, terms }, row) =>
          html`<tr>
            <th scope="row">${name}<br /><small>${terms}</small></th>
            ${(bars[row] ?? []).map(
              (bar) =>
                html`<td>
                  ${capacityText(bar)}${bar.kind === 'found' && bar.binds !== undefined ? html`<br /><small>binds: ${bar.binds}</small>` : undefined}
                </td>`,
            )}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function failures({ systems, slos, bars }: CapacityChart): Html | undefined {
  const failed = bars.flatMap((row, slo) =>
    row.flatMap((bar, system) =>
      bar.kind === 'failed' ? [`${systems[system] ?? ''}, ${slos[slo]?.name ?? ''}: ${bar.reason}`] : [],
    ),
  );
  return failed.length === 0
    ? undefined
    : html`<div class="warnings" role="note" aria-label="Cells that failed">
        <h3>Cells that failed</h3>
        <ul>
          ${failed.map((text) => html`<li>${text}</li>`)}
        </ul>
      </div>`;
}
