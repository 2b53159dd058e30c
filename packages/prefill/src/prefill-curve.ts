/** Prefill time against prompt length: `intercept + perToken × n + perTokenSquared × n²`, in (fractional) ns. */
export interface PrefillCurve {
  readonly interceptNs: number;
  readonly perTokenNs: number;
  readonly perTokenSquaredNs: number;
}

export const COEFFICIENTS = ['interceptNs', 'perTokenNs', 'perTokenSquaredNs'] as const;
export type Coefficient = (typeof COEFFICIENTS)[number];

/** The curve at a prompt length. Says nothing of whether it was measured there: see `firstTokenDeadline`. */
export function predictedTtftNs(curve: PrefillCurve, promptTokens: number): number {
  return curve.interceptNs + promptTokens * (curve.perTokenNs + promptTokens * curve.perTokenSquaredNs);
}
