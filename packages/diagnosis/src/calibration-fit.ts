/** How scores turn into probabilities: `1 / (1 + exp(-(slope score + intercept)))`, and what the two numbers were fitted to. */
export interface CalibrationFit {
  readonly slope: number;
  readonly intercept: number;
  readonly madeBy: string;
  readonly madeOn: string;
  readonly commit: string;
  readonly families: readonly string[];
  readonly seeds: readonly number[];
  readonly suspicionsCount: number;
}

/** Written by the command that it names: change what makes it, not this. With slope 1 and intercept 0 scores are taken at their word. */
export const CALIBRATION_FIT: CalibrationFit = {
  slope: 1,
  intercept: 0,
  madeBy: 'none: nothing is fitted',
  madeOn: '',
  commit: '',
  families: [],
  seeds: [],
  suspicionsCount: 0,
};
