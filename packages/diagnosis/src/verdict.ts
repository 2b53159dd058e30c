import { calibratedConfidence } from './calibration.js';
import {
  EXPLANATION_ORDER,
  type CauseRule,
  type EvidenceTier,
  type NamedCause,
  type Suspicion,
} from './causes/cause-rule.js';
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
}

export interface DecideOptions {
  readonly masked: boolean;
  /** Whether what rests on coincidence alone (tier C) coincides beyond chance; it does not, where nobody can say. */
  readonly isSupported?: (suspicion: Suspicion) => boolean;
}

const TIER_CAPS: Readonly<Record<EvidenceTier, number>> = { A: 0.97, B: 0.85, C: 0.6 };
const CLIENT_ALONE = ['client'] as const;
const LEAST_CONFIDENCE = 0.5;
/** Of two that exclude each other, by how much the one must be likelier: caps on what evidence can say at all are left out of it. */
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
  { masked, isSupported = () => false }: DecideOptions,
): Verdict {
  const judged = suspicions.map((suspicion) => withConfidence(rules, suspicion));
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
    const { taken, reason } = likeliest(ofOrder);
    if (reason !== undefined) unknownBecause = reason;
    for (const suspicion of taken) {
      const shareRatio = Math.min(restRatio, suspicion.explainedRatio);
      if (shareRatio <= 0) continue;
      restRatio -= shareRatio;
      claims.push(claimOf(suspicion, shareRatio, effectsOf(suspicion, judged)));
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

function claimOf(suspicion: JudgedSuspicion, shareRatio: number, effects: readonly NamedCause[]): Claim {
  const { cause, sourceId, confidence, tier, evidence, explainedRatio } = suspicion;
  const delayRatio = shareRatio;
  return { cause, sourceId, shareRatio, delayRatio, confidence, tier, evidence, explainedRatio, effects };
}

/** A root takes its effect's place only where it is likely itself, and worth most of the delay. */
function isEffectOf(suspicion: JudgedSuspicion, other: JudgedSuspicion): boolean {
  return (
    mayCause(other.cause, suspicion.cause) &&
    other.confidence >= LEAST_CONFIDENCE &&
    other.explainedRatio >= LEAST_ROOT_RATIO &&
    other.coverageRatio >= LEAST_COVERAGE_RATIO
  );
}

function effectsOf(root: JudgedSuspicion, judged: readonly JudgedSuspicion[]): readonly NamedCause[] {
  const effects = judged.filter((each) => each.confidence >= LEAST_CONFIDENCE && isEffectOf(each, root));
  return [...new Set(effects.map(({ cause }) => cause))];
}

/** Of one class, the likeliest first; `reason`: why one more was not taken. */
function likeliest(suspicions: readonly JudgedSuspicion[]): {
  readonly taken: readonly JudgedSuspicion[];
  readonly reason?: string;
} {
  const taken: JudgedSuspicion[] = [];
  for (const each of suspicions.toSorted((a, b) => scoreOf(b) - scoreOf(a))) {
    if (each.confidence < LEAST_CONFIDENCE || !taken.every((other) => isBeside(each, other))) continue;
    const [rival] = suspicions
      .filter((other) => other.cause !== each.cause && !taken.includes(other) && !isBeside(each, other))
      .sort((a, b) => scoreOf(b) - scoreOf(a));
    const overRival = rival === undefined ? 1 : logistic(scoreOf(each) - scoreOf(rival));
    if (rival !== undefined && overRival - (1 - overRival) < LEAST_MARGIN)
      return { taken, reason: `${each.cause} and ${rival.cause} are about as likely` };
    if (each.coverageRatio < LEAST_COVERAGE_RATIO) return { taken, reason: uncovered(each) };
    taken.push({ ...each, confidence: Math.min(each.confidence, overRival) });
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

/** Of two of which one must be right, the probability of that one. */
function logistic(scoreAhead: number): number {
  return 1 / (1 + Math.exp(-scoreAhead));
}

function scoreOf({ observations }: Suspicion): number {
  return observations.reduce((sum, each) => sum + each.logLikelihoodRatio, 0);
}

function withConfidence(rules: readonly CauseRule[], suspicion: Suspicion): JudgedSuspicion {
  const highest = suspicion.highestConfidence ?? ruleOf(rules, suspicion.cause)?.highestConfidence ?? 0;
  const confidence = Math.min(calibratedConfidence(scoreOf(suspicion)), highest, TIER_CAPS[suspicion.tier]);
  return { ...suspicion, confidence };
}

function ruleOf(rules: readonly CauseRule[], cause: NamedCause): CauseRule | undefined {
  return rules.find((rule) => rule.cause === cause);
}
