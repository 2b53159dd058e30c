import { html, type Html } from '../html/html.js';
import { offlinePage } from '../html/offline-page.js';
import { duration, plural } from '../text-figures.js';
import { curveSvg, type Curve, type CurveLine } from './capacity-curve.js';
import { adviceLines, bindingLines, verdictLines } from './capacity-text.js';
import { loadText, type CapacityPoint, type CapacityReport } from './capacity-report.js';

const CHART_STYLE = `
  .curves { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1rem 2rem; }
  .curves figure { margin: 0; overflow-x: auto; }
  .curves svg { width: 100%; }
  .curves text { fill: var(--muted); font: 12px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
  .curves .grid { stroke: var(--grid); }
  .curves .line { fill: none; stroke: currentColor; stroke-width: 1.5; opacity: 0.35; }
  .curves circle { fill: currentColor; }
  .curves .interval { fill: var(--episode); }
  .curves .estimate { stroke: var(--episode-edge); stroke-width: 1.5; }
  .curves .limit { stroke: var(--miss); stroke-dasharray: 5 4; }
  .swatch { display: inline-block; width: 0.8em; height: 0.8em; border-radius: 2px; background: currentColor; }
  ${Array.from({ length: 8 }, (_, hue) => `.hue-${hue} { color: var(--hue-${hue}); }`).join('\n  ')}
  .name { color: var(--ink); }
  table.points { display: block; overflow-x: auto; }
  table.points td, table.points th { padding: 0.2rem 0.9rem 0.2rem 0; text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
`;

/** A search for a capacity as one HTML document without script that needs no network and no other file. Every text is escaped. */
export function capacityPage(report: CapacityReport): string {
  return offlinePage({
    title: `Capacity: ${report.title}`,
    style: CHART_STYLE,
    header: html`<h1>Capacity of ${report.title}</h1>
      <p>
        ${report.slo} · ${plural(report.runsCount, 'run')}, ${plural(report.requestsCount, 'request')},
        ${duration(report.elapsedNs)} of load
      </p>`,
    main: html`<section aria-labelledby="answer">
        <h2 id="answer">Answer</h2>
        ${[...verdictLines(report), ...bindingLines(report), ...adviceLines(report)].map((line) => html`<p>${line.trim()}</p>`)}
      </section>
      <section aria-labelledby="curves">
        <h2 id="curves">Over the load, in ${report.unit}</h2>
        ${
          report.verdict.kind === 'found'
            ? html`<p>The band is the 95 % interval of the capacity, the line in it the estimate.</p>`
            : undefined
        }
        <div class="curves">${curvesOf(report).map(figure)}</div>
      </section>
      <section aria-labelledby="points">
        <h2 id="points">Every run</h2>
        ${pointsTable(report)}
      </section>`,
  });
}

function curvesOf({ points, verdict, terms }: CapacityReport): readonly Curve[] {
  const capacity = verdict.kind === 'found' ? verdict : undefined;
  const line = (name: string, valueOf: (point: CapacityPoint) => number | undefined): CurveLine => ({
    name,
    points: points.flatMap((point) => {
      const value = valueOf(point);
      return value === undefined ? [] : [{ load: point.load, value }];
    }),
  });
  const ms = (ns: number | undefined): number | undefined => (ns === undefined ? undefined : ns / 1e6);
  const curves: readonly Curve[] = [
    ...terms.map(({ name, targetRatio }, index) => ({
      title: `Share that meets ${name}`,
      unit: '%',
      limit: 100 * targetRatio,
      capacity,
      lines: [
        line('share', ({ termRatios }) =>
          ((ratio) => (ratio === undefined ? undefined : 100 * ratio))(termRatios[index]),
        ),
      ],
    })),
    {
      title: 'Fluidity-index',
      unit: '',
      capacity,
      lines: [line('fluidity-index', ({ fluidityIndex }) => fluidityIndex)],
    },
    {
      title: 'TTFT, ms',
      unit: 'ms',
      capacity,
      lines: [line('p50', ({ ttftP50Ns }) => ms(ttftP50Ns)), line('p99', ({ ttftP99Ns }) => ms(ttftP99Ns))],
    },
    {
      title: 'TBT, ms',
      unit: 'ms',
      capacity,
      lines: [line('p50', ({ tbtP50Ns }) => ms(tbtP50Ns)), line('p99', ({ tbtP99Ns }) => ms(tbtP99Ns))],
    },
    {
      title: 'Goodput, requests/s',
      unit: '/s',
      capacity,
      lines: [line('goodput', ({ goodputPerS }) => goodputPerS)],
    },
  ];
  return curves.filter(({ lines }) => lines.some((each) => each.points.length > 0));
}

function figure(curve: Curve): Html {
  return html`<figure>
    <figcaption>
      ${curve.title}
      ${
        curve.lines.length < 2
          ? undefined
          : curve.lines.map(
              ({ name }, hue) =>
                html`<span class="hue-${hue}"
                  ><span class="swatch"></span> <span class="name">${name}</span></span
                > `,
            )
      }
    </figcaption>
    ${curveSvg(curve)}
  </figure>`;
}

function pointsTable({ points, unit, terms }: CapacityReport): Html {
  const header = [
    unit,
    'SLO',
    'requests',
    'failed',
    ...terms.map(({ name }) => name),
    'fluidity',
    'TTFT p50, ms',
    'TTFT p99',
    'TBT p50, ms',
    'TBT p99',
    'goodput/s',
  ];
  const digits = (value: number | undefined, count: number): string => value?.toFixed(count) ?? '-';
  const ms = (ns: number | undefined): string => (ns === undefined ? '-' : (ns / 1e6).toFixed(1));
  return html`<table class="points">
    <thead>
      <tr>
        ${header.map((name) => html`<th scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${points.map(
        (point) =>
          html`<tr>
            <th scope="row">${loadText(point.load)}</th>
            ${[
              point.verdict.replace('_', ' '),
              String(point.requestsCount),
              String(point.failedCount),
              ...terms.map((_, index) =>
                ((ratio) => (ratio === undefined ? '-' : `${(100 * ratio).toFixed(2)} %`))(
                  point.termRatios[index],
                ),
              ),
              digits(point.fluidityIndex, 4),
              ms(point.ttftP50Ns),
              ms(point.ttftP99Ns),
              ms(point.tbtP50Ns),
              ms(point.tbtP99Ns),
              digits(point.goodputPerS, 2),
            ].map((text) => html`<td>${text}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}
