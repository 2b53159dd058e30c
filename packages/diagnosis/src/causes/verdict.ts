/** The causes that can be told so far, and the honest rest. */
export type Cause = 'client_lag' | 'baseline_slower_than_deadline' | 'unknown';

/** How good the evidence is: A a mechanism that was measured, B timing, scope and dose together, C coincidence alone. */
export type EvidenceTier = 'A' | 'B' | 'C';

export interface Verdict {
  readonly cause: Cause;
  /** 0 to 1; `undefined` for `unknown`. */
  readonly confidence: number | undefined;
  readonly tier: EvidenceTier | undefined;
  /** The window cannot be judged: the ruler itself was late. */
  readonly masked: boolean;
  /** What was seen, for people: a clause or two with figures. */
  readonly evidence: string;
}
