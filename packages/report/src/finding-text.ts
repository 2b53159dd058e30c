import {
  HELD_FIXED,
  type Coincidence,
  type Diagnosis,
  type EvidenceTier,
  type Finding,
  type JudgedEpisode,
} from '@fluidscope/diagnosis';
import { CAUSE_WORDS } from './cause-words.js';
import type { DiagnosisView } from './diagnosis-view.js';
import { duration, listed, percent, plural } from './text-figures.js';
import type { TraceSources } from './trace-sources.js';
import { wrapText } from './wrap-text.js';

const TIER_WORDS: Readonly<Record<EvidenceTier, string>> = {
  A: 'the mechanism itself was measured',
  B: 'timing, reach and size fit, but the mechanism itself was not measured',
  C: 'it coincides, and no more than that',
};
const LABEL_COLUMNS = 12;
const MOST_SOURCES_COUNT = 3;

/** One finding whole: what, where, when, how sure, by what evidence, what it cost and what to change. */
export function findingText(finding: Finding, diagnosis: Diagnosis, view: DiagnosisView): string {
  const { columns, sources } = view;
  const { mechanism } = CAUSE_WORDS[finding.cause];
  const episodes = episodesOf(finding, diagnosis);
  const lines: readonly (readonly [label: string, text: string | undefined])[] = [
    ['cause', `${finding.cause}${finding.cause === 'unknown' ? '' : `: ${mechanism}`}`],
    ['where', finding.sourceIds.length > 1 ? whereText(finding, sources) : undefined],
    ['when', whenText(episodes)],
    ['how sure', sureText(finding, episodes)],
    ['seen', finding.evidence],
    ['by chance', chanceText(finding.coincidence)],
    ['cost', wholeCostText(finding, diagnosis)],
    ['masked', maskedText(finding)],
    ['do this', adviceText(finding, diagnosis)],
  ];
  return [
    wrapText(`${findingHeadline(finding, diagnosis, sources)}.`, columns, 2),
    ...lines.flatMap(([label, text]) =>
      text === undefined || text === ''
        ? []
        : [wrapText(`  ${label.padEnd(LABEL_COLUMNS - 2)}${text}`, columns, LABEL_COLUMNS)],
    ),
    '',
  ].join('\n');
}

/** `62 % of missed deadlines (14 of 23 stall episodes) come from a software power cap on GPU 3 of host-1 (…)`. */
export function findingHeadline(finding: Finding, diagnosis: Diagnosis, sources: TraceSources): string {
  const reach =
    finding.kind === 'slow_throughout'
      ? 'in slow spells of streams, five seconds at most each and without a stall'
      : `${finding.episodesCount} of ${plural(diagnosis.episodes.length, 'stall episode')}`;
  const tiers = tiersOf(finding, episodesOf(finding, diagnosis));
  const verb = tiers.includes('C') ? 'coincide with' : finding.cause === 'unknown' ? 'have' : 'come from';
  const at = finding.sourceIds.length === 1 ? ` on ${whereText(finding, sources)}` : '';
  return `${percent(finding.missedRatio)} of missed deadlines (${reach}) ${verb} ${CAUSE_WORDS[finding.cause].title}${at}`;
}

/** `without it the fluidity-index would be 0.97 (0.95 to 0.98) instead of 0.84`. */
export function costText(
  { fluidityIndexWithout, fluidityIndexWithoutRange: range, cause, kind }: Finding,
  { fluidityIndex }: Diagnosis,
): string | undefined {
  if (fluidityIndexWithout === undefined || fluidityIndex === undefined) return undefined;
  const what = cause === 'unknown' ? 'without these stalls' : 'without it';
  const held =
    kind === 'stalls'
      ? HELD_FIXED
      : `${HELD_FIXED}; tokens that came late without a stall taken to come just in time`;
  const would = `${fluidityIndexWithout.toFixed(4)}${rangeText(range)}`;
  return `${what} the fluidity-index would be ${would} instead of ${fluidityIndex.toFixed(4)} (${held})`;
}

/** Nothing where both ends are the same as far as they are printed. */
function rangeText(range: Finding['fluidityIndexWithoutRange']): string {
  const [low, high] = [range?.lowIndex.toFixed(4), range?.highIndex.toFixed(4)];
  return low === undefined || high === undefined || low === high ? '' : ` (${low} to ${high})`;
}

/** Slack makes causes cost more together than apart: where there are several, the share that is fair to each stands beside. */
function wholeCostText(finding: Finding, diagnosis: Diagnosis): string | undefined {
  const cost = costText(finding, diagnosis);
  if (cost === undefined || finding.shapleyIndex === undefined || diagnosis.findings.length < 2) return cost;
  return `${cost}; of what all causes together took from it, ${finding.shapleyIndex.toFixed(4)} is this one’s share`;
}

/** How the stalls lie beside what was measured of the cause over the whole run. */
function chanceText(coincidence: Coincidence | undefined): string | undefined {
  if (coincidence === undefined) return undefined;
  const { lift, test } = coincidence;
  const more =
    lift === undefined
      ? 'no like window without a stall to compare with'
      : `${lift.liftRatio.toFixed(1)} times as much at work in stalls as in like windows without one (95 % interval ${lift.liftLowRatio.toFixed(1)} to ${lift.liftHighRatio.toFixed(1)})`;
  const chance =
    test === undefined
      ? 'too few episodes to tell chance from more'
      : `family-wise p = ${probability(test.familyWisePRatio)} (attainable ${probability(test.attainablePRatio)})`;
  return `${more}; ${chance}`;
}

function probability(ratio: number): string {
  return ratio.toPrecision(2).replace(/^0/, '');
}

/** Each of its GPUs or hosts by name, the first three of many. */
export function whereText({ sourceIds }: Finding, { names }: TraceSources): string {
  const shown = sourceIds.slice(0, MOST_SOURCES_COUNT).map((id) => names.get(id) ?? id);
  const rest = sourceIds.length - shown.length;
  return listed(rest === 0 ? shown : [...shown, plural(rest, 'other')]);
}

/** From its first episode to the end of its last; `undefined` without any. */
export function whenText(episodes: readonly JudgedEpisode[]): string | undefined {
  const [first] = episodes;
  if (first === undefined) return undefined;
  const endNs = episodes.reduce((latest, episode) => Math.max(latest, episode.endNs), first.endNs);
  const stalledNs = episodes.reduce((sum, episode) => sum + (episode.endNs - episode.startNs), 0);
  const [from, to] = [first.startNs, endNs].map((ns) => (ns / 1e9).toFixed(3));
  return `${from} s to ${to} s into the run, ${duration(stalledNs)} of it in ${plural(episodes.length, 'episode')}`;
}

/** Its confidence, and on what kind of evidence it stands. */
export function sureText(finding: Finding, episodes: readonly JudgedEpisode[]): string | undefined {
  if (finding.confidence === undefined) return undefined;
  const least = episodes.length > 1 ? ' in the least sure episode' : '';
  const tiers = tiersOf(finding, episodes).map((tier) => `tier ${tier}, ${TIER_WORDS[tier]}`);
  return [
    `confidence ${finding.confidence.toFixed(2)} of 1${least}`,
    ...tiers,
    ...heldBackText(finding, episodes),
  ].join('; ');
}

/** What would have told it from what looks like it. */
function heldBackText({ cause }: Finding, episodes: readonly JudgedEpisode[]): readonly string[] {
  const kinds = new Set(
    episodes.flatMap(({ verdict }) =>
      verdict.claims.filter((claim) => claim.cause === cause).flatMap(({ heldBackBy }) => heldBackBy),
    ),
  );
  return kinds.size === 0
    ? []
    : [
        `held back, since nothing of the ${listed([...kinds])} was recorded that would rule out what looks alike`,
      ];
}

function maskedText({ cause, maskedMissedCount, missedCount }: Finding): string | undefined {
  return maskedMissedCount === 0 || cause === 'client_lag'
    ? undefined
    : `${percent(maskedMissedCount / missedCount)} of these fell in windows that cannot be judged: the client itself was late`;
}

/** What to change; of what could not be told, to record more, where something could not be judged. */
export function adviceText({ cause, advice }: Finding, { notJudged }: Diagnosis): string | undefined {
  if (advice !== undefined || cause !== 'unknown' || notJudged.length === 0) return advice;
  return 'Record more of the server: what could not be judged, and what it wants, stands below.';
}

/** The episodes that a finding is about, in order of their start. */
export function episodesOf({ cause, kind }: Finding, { episodes }: Diagnosis): readonly JudgedEpisode[] {
  if (kind === 'slow_throughout') return [];
  return episodes.filter(({ verdict: { claims } }) =>
    cause === 'unknown' ? isPartlyUnclaimed(claims) : claims.some((claim) => claim.cause === cause),
  );
}

/** Shares are sums of doubles. */
function isPartlyUnclaimed(claims: readonly { readonly shareRatio: number }[]): boolean {
  return claims.reduce((sum, { shareRatio }) => sum + shareRatio, 0) < 1 - 1e-9;
}

function tiersOf({ cause }: Finding, episodes: readonly JudgedEpisode[]): readonly EvidenceTier[] {
  const tiers = episodes.flatMap(({ verdict }) =>
    verdict.claims.filter((claim) => claim.cause === cause).map(({ tier }) => tier),
  );
  return [...new Set(tiers)].sort();
}
