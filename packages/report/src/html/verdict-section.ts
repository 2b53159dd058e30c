import type { Diagnosis, Finding, JudgedEpisode } from '@fluidscope/diagnosis';
import { CAUSE_WORDS } from '../cause-words.js';
import { ttftDeadlineText } from '../first-token-deadlines.js';
import {
  adviceText,
  costText,
  episodesOf,
  findingHeadline,
  sureText,
  whenText,
  whereText,
} from '../finding-text.js';
import { notJudgedLines } from '../not-judged-text.js';
import type { RunSummary } from '../run-summary.js';
import { duration, percent, plural } from '../text-figures.js';
import type { TraceSources } from '../trace-sources.js';
import { html, type Html } from './html.js';
import { toTicks } from './ticks.js';
import { costliest } from './timeline-data.js';

const MOST_FINDINGS_COUNT = 3;
const MOST_EVIDENCE_COUNT = 5;

/** What went wrong, what it cost and what to do, before any chart. */
export function verdictSection(summary: RunSummary, diagnosis: Diagnosis, sources: TraceSources): Html {
  const { findings } = diagnosis;
  return html`<section id="verdict" aria-labelledby="verdict-title">
    <h2 id="verdict-title">Verdict</h2>
    <p class="verdict">${verdictText(diagnosis)}</p>
    ${figures(summary, diagnosis)} ${warnings(summary)}
    ${findings.slice(0, MOST_FINDINGS_COUNT).map((finding, index) => findingArticle(finding, diagnosis, { sources, index }))}
    ${smallFindings(findings.slice(MOST_FINDINGS_COUNT))} ${notJudged(diagnosis)}
  </section>`;
}

function verdictText({
  fluidityIndex,
  missedCount,
  totalCount,
  streamsCount,
  deadlines,
  ownTtftDeadlines,
}: Diagnosis): string {
  const limits = `${ttftDeadlineText(deadlines.ttftDeadlineNs, ownTtftDeadlines)}, later ones ${duration(deadlines.tbtDeadlineNs)} apart`;
  if (fluidityIndex === undefined)
    return 'Nothing can be said: no measured request ended well. The load section says how each ended.';
  if (missedCount === 0)
    return `Every stream was fluid: no deadline was missed over ${plural(streamsCount, 'request')} (${limits}).`;
  return `${missedPct(missedCount / totalCount)} % of the deadlines were missed: ${missedCount.toLocaleString('en')} of ${totalCount.toLocaleString('en')} over ${plural(streamsCount, 'request')} (${limits}).`;
}

/** Two digits below 1 %: every tenth counts where a thousand deadlines are one in a thousand. */
function missedPct(ratio: number): string {
  return ratio < 0.01 ? (100 * ratio).toPrecision(2) : (100 * ratio).toFixed(0);
}

function figures(
  { latency, load, goodput }: RunSummary,
  { fluidityIndex, missedCount, totalCount }: Diagnosis,
): Html {
  const cells: readonly (readonly [label: string, value: string])[] = [
    ['fluidity-index', fluidityIndex?.toFixed(4) ?? '–'],
    ['deadlines missed', totalCount === 0 ? '–' : `${((100 * missedCount) / totalCount).toFixed(2)} %`],
    ['TTFT p50 / p99', pair(latency.ttftNs)],
    ['TBT p50 / p99', pair(latency.tbtNs)],
    ['output tokens a second', grouped(load.outputTokenThroughputPerS)],
    ['requests ended well', `${grouped(load.okCount)} of ${grouped(load.plannedCount)}`],
    ...(goodput === undefined
      ? []
      : ([
          [
            'requests that met their SLO',
            `${grouped(goodput.metCount)} of ${grouped(goodput.requestsCount)}`,
          ],
        ] as const)),
  ];
  return html`<dl class="figures">
    ${cells.map(
      ([label, value]) =>
        html`<div>
          <dt>${label}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

function pair(distribution: RunSummary['latency']['ttftNs']): string {
  if (distribution === undefined) return '–';
  const [p50, p99] = [duration(distribution.p50), duration(distribution.p99)];
  const [p50Unit, p99Unit] = [p50, p99].map((text) => text.split(' ').at(-1));
  return `${p50Unit === p99Unit ? p50.split(' ')[0] : p50} / ${p99}`;
}

function grouped(count: number | undefined): string {
  return count === undefined ? '–' : Math.round(count).toLocaleString('en');
}

function warnings({ warnings: texts }: RunSummary): Html | undefined {
  return texts.length === 0
    ? undefined
    : html`<div class="warnings" role="note" aria-label="Warnings of the run">
        <h3>Warnings of the run</h3>
        <ul>
          ${texts.map((text) => html`<li>${text}</li>`)}
        </ul>
      </div>`;
}

function findingArticle(
  finding: Finding,
  diagnosis: Diagnosis,
  { sources, index }: { readonly sources: TraceSources; readonly index: number },
): Html {
  const { cause, evidence, missedCount, sourceIds } = finding;
  const episodes = episodesOf(finding, diagnosis);
  const words = CAUSE_WORDS[cause];
  const rows: readonly (readonly [label: string, text: string | undefined])[] = [
    ['What happens', words.mechanism],
    ['Where', sourceIds.length > 1 ? whereText(finding, sources) : undefined],
    ['When', whenText(episodes)],
    ['Seen', evidence],
    ['How sure', sureText(finding, episodes)],
    ['Cost', `${grouped(missedCount)} missed deadlines${maybe('; ', costText(finding, diagnosis))}`],
    ['Do this', adviceText(finding, diagnosis)],
  ];
  const title = `finding-${index}-title`;
  return html`<article class="finding" aria-labelledby="${title}">
    <h3 id="${title}">${findingHeadline(finding, diagnosis, sources)}</h3>
    <dl>
      ${rows.map(([label, text]) =>
        text === undefined
          ? undefined
          : html`<div>
              <dt>${label}</dt>
              <dd>${text}</dd>
            </div>`,
      )}
    </dl>
    ${evidenceButtons(finding, diagnosis)}
  </article>`;
}

function maybe(before: string, text: string | undefined): string {
  return text === undefined ? '' : `${before}${text}`;
}

function evidenceButtons(finding: Finding, diagnosis: Diagnosis): Html | undefined {
  if (finding.kind === 'slow_throughout')
    return html`<p>
      Its misses fell in slow spells, stretches of up to five seconds in which gaps were a little long: no
      single stall shows them.
    </p>`;
  const about = episodesOf(finding, diagnosis);
  const shown = costliest(about, MOST_EVIDENCE_COUNT);
  return shown.length === 0
    ? undefined
    : html`<p class="evidence">
        Show in the timeline:
        ${shown.map((episode) => html`${evidenceButton(episode)} `)}${
          about.length > shown.length
            ? `and ${about.length - shown.length} more, in the table of episodes.`
            : undefined
        }
      </p>`;
}

/** Zooms the timeline to the episode. */
export function evidenceButton(episode: JudgedEpisode): Html {
  const { episodeId, startNs, endNs, missedCount } = episode;
  return html`<button
    type="button"
    data-episode="${episodeId}"
    data-from="${toTicks(startNs)}"
    data-to="${toTicks(endNs)}"
  >
    ${episodeId} at ${(startNs / 1e9).toFixed(2)} s, ${missedCount.toFixed(0)} missed
  </button>`;
}

function smallFindings(findings: readonly Finding[]): Html | undefined {
  return findings.length === 0
    ? undefined
    : html`<h3>Further findings</h3>
        <ul>
          ${findings.map(
            ({ cause, missedRatio, evidence }) =>
              html`<li>
                ${percent(missedRatio)} of missed deadlines: ${CAUSE_WORDS[cause].title} (${evidence})
              </li>`,
          )}
        </ul>`;
}

function notJudged(diagnosis: Diagnosis): Html | undefined {
  const lines = notJudgedLines(diagnosis);
  return lines.length === 0
    ? undefined
    : html`<details>
        <summary>What could not be judged</summary>
        <ul>
          ${lines.map((line) => html`<li>${line}</li>`)}
        </ul>
      </details>`;
}
