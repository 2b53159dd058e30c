import type { Json } from '@fluidscope/trace-schema';
import type { RunSummary } from '../run-summary.js';
import { duration } from '../text-figures.js';
import { html, type Html } from './html.js';

/** Which run this is, and the way around the page. */
export function pageHeader({ run }: RunSummary): Html {
  const startedIso = new Date(Number(run.startedWallNs / 1_000_000n)).toISOString().slice(0, 19);
  const facts = [
    textIn(run.config, 'model'),
    textIn(run.config, 'url'),
    `${startedIso.replace('T', ' ')} UTC`,
    run.end === undefined ? 'cut short' : `${duration(run.end.endedNs)}, ${run.end.stopReason}`,
  ].filter((fact) => fact !== undefined);
  return html`<h1>Fluidscope report</h1>
    <p>Run ${run.runId}${facts.map((fact) => ` · ${fact}`)}</p>
    <nav aria-label="Sections">
      <ul>
        ${SECTIONS.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}
      </ul>
    </nav>`;
}

const SECTIONS: readonly (readonly [id: string, title: string])[] = [
  ['verdict', 'Verdict'],
  ['timeline', 'Timeline'],
  ['distributions', 'Distributions'],
  ['load', 'Load'],
  ['trust', 'Trust'],
];

function textIn(json: Json, name: string): string | undefined {
  if (typeof json !== 'object' || json === null || !(name in json)) return undefined;
  const value: unknown = Reflect.get(json, name);
  return typeof value === 'string' ? value : undefined;
}
