import { calibratedConfidence } from './calibration.js';
import type { EvidenceTier, TelemetryKind } from './causes/cause-rule.js';
import { logOdds } from './log-odds.js';

/** Nothing that was not seen happening is certain, and coincidence alone is never evidence enough. */
const SUREST: Readonly<Record<EvidenceTier, number>> = { A: 0.97, B: 0.95, C: 0.6 };
/** Where part of the telemetry is missing, what it would have told from look-alikes stays among them. */
const SUREST_PARTLY_SEEN: Readonly<Record<EvidenceTier, number>> = { A: 0.97, B: 0.85, C: 0.6 };

/** What a confidence rests on beside the score. */
export interface Grounds {
  readonly tier: EvidenceTier;
  /** The rule's: how surely its mechanism is told from others without all telemetry. */
  readonly highestConfidence: number;
  /** Kinds of telemetry that the trace has nothing of. */
  readonly missing: readonly TelemetryKind[];
}

export interface StatedConfidence {
  readonly confidence: number;
  /** Telemetry without which it is said to be less sure than its score is worth; empty where nothing is held back. */
  readonly heldBackBy: readonly TelemetryKind[];
}

/**
 * How sure a claim is said to be: as often as claims of its score and tier were right in simulated runs. That holds where everything was seen that was seen in those. With a
 * kind of telemetry missing a machine has look-alikes that nothing rules out, and the caps of cause and tier hold.
 */
export function statedConfidence(
  score: number,
  { tier, highestConfidence, missing }: Grounds,
): StatedConfidence {
  const whole = Math.min(calibratedConfidence(score, tier), SUREST[tier]);
  if (missing.length === 0) return { confidence: whole, heldBackBy: [] };
  const confidence = Math.min(whole, highestConfidence, SUREST_PARTLY_SEEN[tier]);
  return { confidence, heldBackBy: confidence < whole ? missing : [] };
}

/** What a claim is worth as evidence for another, as log-odds: its score as far as the caps go that hold wherever it was seen. */
export function lendableScore(score: number, { tier, highestConfidence }: Omit<Grounds, 'missing'>): number {
  return Math.min(score, logOdds(Math.min(highestConfidence, SUREST_PARTLY_SEEN[tier])));
}
