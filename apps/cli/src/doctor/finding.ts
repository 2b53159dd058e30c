/** `ok`: measured in full. `limited`: measured, but less well or by a lesser way. `missing`: not at all. */
export type FindingState = 'ok' | 'limited' | 'missing';

/** One thing that this machine can or cannot measure. */
export interface Finding {
  /** Stable, snake_case. */
  readonly topic: string;
  readonly state: FindingState;
  readonly expected: string;
  readonly found: string;
  /** What to do about it; absent when nothing is to be done. */
  readonly advice?: string;
}
