import {
  EXPLANATION_ORDER,
  type CauseRule,
  type EvidenceTier,
  type NamedCause,
  type Suspicion,
  type TelemetryKind,
} from './causes/cause-rule.js';
import { lendableScore, statedConfidence } from './confidence.js';
import { logistic } from './log-odds.js';
import { mayCause } from './proximate-causes.js';

/** A share of an episode that is laid to one cause. */
export interface Claim {
  readonly cause: NamedCause;
  readonly sourceId: string | undefined;
  /** Of the episode's misses, above 0 to 1. */
  readonly shareRatio: number;
  /** Of the episode's delay, 0 to 1: 0 for what only ate the slack that would have carried it. */
  readonly delayRatio: number;
  readonly confidence: number;
  /** Kinds of telemetry without which it is said to be less sure; empty where all is there, or it would be no surer. */
  readonly heldBackBy: readonly TelemetryKind[];
  /** What the confidence was made of: its log-likelihood ratios, or its lead over the likeliest rival, whichever is less. */
  readonly score: number;
  /** What it is worth, as log-odds, as evidence for another claim. */
  readonly lendableScore: number;
  readonly tier: EvidenceTier;
  readonly evidence: string;
  /** How much was measured of what the cause's own size can account for. */
  readonly explainedRatio: number;
  /** What else was seen and is only its effect: a clock that falls while the engine stands still. */
  readonly effects: readonly NamedCause[];
}

export interface Verdict {
  /** Largest share first; empty: unknown. What they leave is unknown too. */
  readonly claims: readonly Claim[];
  /** The window cannot be judged: the ruler itself was late. */
  readonly masked: boolean;
  /** Why nothing, or not all, was claimed; for people. */
  readonly unknownBecause: string;
  /** Everything that was weighed, for the JSON. */
  readonly suspicions: readonly JudgedSuspicion[];
}

export interface JudgedSuspicion extends Suspicion {
  readonly confidence: number;
  readonly heldBackBy: readonly TelemetryKind[];
  readonly score: number;
}

export interface DecideOptions {
  readonly masked: boolean;
  /** Whether what rests on coincidence alone (tier C) coincides beyond chance; it does not, where nobody can say. */
  readonly isSupported?: (suspicion: Suspicion) => boolean;
  /** Kinds of telemetry that the trace has nothing of. */
  readonly missing?: readonly TelemetryKind[];
}

const CLIENT_ALONE = ['client'] as const;
/** What is taken is likelier than not, by its evidence alone. How sure it then is, is another matter. */
const LEAST_SCORE = 0;
/** Of two that exclude each other, by how much the one must be likelier. */
const LEAST_MARGIN = 0.2;
const LEAST_COVERAGE_RATIO = 0.8;
const LEAST_ROOT_RATIO = 0.5;
/** Less unexplained delay than this is within what budgets can tell. */
const NEGLIGIBLE_REST_RATIO = 0.2;

/**
 * Weighs what the rules suspect of one episode. Classes are heard in the order of explanation; within one the likeliest is taken if it is likely
 * enough, ahead enough of any other cause that would explain the same part of the delay, and its sources covered enough; it claims what its own
 * size explains of what is left. Others of the class are taken beside it where their sizes fit into the delay together: then they are parts of it, not rivals.
 * Of a masked episode only the client is heard: nobody else is blamed for it.
 */
export function decide(
  rules: readonly CauseRule[],
  suspicions: readonly Suspicion[],
  { masked, isSupported = () => false, missing = [] }: DecideOptions,
): Verdict {
  const judge = (suspicion: Suspicion, score: number): JudgedSuspicion => ({
    ...suspicion,
    ...statedConfidence(score, { ...groundsOf(rules, suspicion), missing }),
    score,
  });
  const judged = suspicions.map((suspicion) => judge(suspicion, scoreOf(suspicion)));
  const roots = judged
    .filter((suspicion) => suspicion.tier !== 'C' || isSupported(suspicion))
    .filter((suspicion, _index, all) => !all.some((other) => isEffectOf(suspicion, other)));
  const claims: Claim[] = [];
  let restRatio = 1;
  let unknownBecause = masked
    ? 'the client itself was late by more than a quarter of the deadline'
    : 'nothing that was measured speaks for a cause strongly enough';
  for (const order of masked ? CLIENT_ALONE : EXPLANATION_ORDER) {
    if (restRatio <= NEGLIGIBLE_REST_RATIO) break;
    const ofOrder = roots.filter(({ cause }) => ruleOf(rules, cause)?.order === order);
    const { taken, reason } = likeliest(ofOrder, judge);
    if (reason !== undefined) unknownBecause = reason;
    for (const suspicion of taken) {
      const shareRatio = Math.min(restRatio, suspicion.explainedRatio);
      if (shareRatio <= 0) continue;
      restRatio -= shareRatio;
      const lendable = lendableScore(suspicion.score, groundsOf(rules, suspicion));
      claims.push(claimOf(suspicion, { shareRatio, lendable, effects: effectsOf(suspicion, judged) }));
    }
  }
  return { claims: rounded(claims, restRatio), masked, unknownBecause, suspicions: judged };
}

/** Largest share first; a rest within what budgets can tell is shared out among the claims. */
function rounded(claims: readonly Claim[], restRatio: number): Claim[] {
  const scale = restRatio > NEGLIGIBLE_REST_RATIO ? 1 : 1 / (1 - restRatio);
  return claims
    .map((claim) => ({
      ...claim,
      shareRatio: scale * claim.shareRatio,
      delayRatio: scale * claim.delayRatio,
    }))
    .sort((a, b) => b.shareRatio - a.shareRatio);
}

function claimOf(suspicion: JudgedSuspicion, { shareRatio, lendable, effects }: ClaimParts): Claim {
  const { cause, sourceId, confidence, heldBackBy, score, tier, evidence, explainedRatio } = suspicion;
  return {
    ...{ cause, sourceId, shareRatio, delayRatio: shareRatio, confidence, heldBackBy, score },
    ...{ lendableScore: lendable, tier, evidence, explainedRatio, effects },
  };
}

interface ClaimParts {
  readonly shareRatio: number;
  readonly lendable: number;
  readonly effects: readonly NamedCause[];
}

/** A root takes its effect's place only where it is likely itself, and worth most of the delay. */
function isEffectOf(suspicion: JudgedSuspicion, other: JudgedSuspicion): boolean {
  return (
    mayCause(other.cause, suspicion.cause) &&
    other.score >= LEAST_SCORE &&
    other.explainedRatio >= LEAST_ROOT_RATIO &&
    other.coverageRatio >= LEAST_COVERAGE_RATIO
  );
}

function effectsOf(root: JudgedSuspicion, judged: readonly JudgedSuspicion[]): readonly NamedCause[] {
  const effects = judged.filter((each) => each.score >= LEAST_SCORE && isEffectOf(each, root));
  return [...new Set(effects.map(({ cause }) => cause))];
}

/** Of one class, the likeliest first; `reason`: why one more was not taken. */
function likeliest(
  suspicions: readonly JudgedSuspicion[],
  judge: (suspicion: Suspicion, score: number) => JudgedSuspicion,
): {
  readonly taken: readonly JudgedSuspicion[];
  readonly reason?: string;
} {
  const taken: JudgedSuspicion[] = [];
  for (const each of suspicions.toSorted((a, b) => b.score - a.score)) {
    if (each.score < LEAST_SCORE || !taken.every((other) => isBeside(each, other))) continue;
    const [rival] = suspicions
      .filter((other) => other.cause !== each.cause && !taken.includes(other) && !isBeside(each, other))
      .sort((a, b) => b.score - a.score);
    const lead = rival === undefined ? Infinity : each.score - rival.score;
    if (rival !== undefined && 2 * logistic(lead) - 1 < LEAST_MARGIN)
      return { taken, reason: `${each.cause} and ${rival.cause} are about as likely` };
    if (each.coverageRatio < LEAST_COVERAGE_RATIO) return { taken, reason: uncovered(each) };
    taken.push(judge(each, Math.min(each.score, lead)));
  }
  return { taken };
}

function uncovered({ cause, coverageRatio }: JudgedSuspicion): string {
  const pct = Math.round(100 * coverageRatio);
  return `${cause} is likely, but only ${pct} % of the time was covered by samples`;
}

/** Whether two causes can be parts of one delay, as far as sizes can tell. One cause at two places is one part. */
function isBeside(a: JudgedSuspicion, b: JudgedSuspicion): boolean {
  return a.cause !== b.cause && a.explainedRatio + b.explainedRatio <= 1 + NEGLIGIBLE_REST_RATIO;
}

function scoreOf({ observations }: Suspicion): number {
  return observations.reduce((sum, each) => sum + each.logLikelihoodRatio, 0);
}

function groundsOf(
  rules: readonly CauseRule[],
  { cause, tier, highestConfidence }: Suspicion,
): { readonly tier: EvidenceTier; readonly highestConfidence: number } {
  return { tier, highestConfidence: highestConfidence ?? ruleOf(rules, cause)?.highestConfidence ?? 0 };
}

function ruleOf(rules: readonly CauseRule[], cause: NamedCause): CauseRule | undefined {
  return rules.find((rule) => rule.cause === cause);
}
