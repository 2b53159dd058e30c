/** Which GPU a record is of, as far as the text says; `index` is unstable across restarts, so prefer `uuid`. */
export interface SmiGpu {
  readonly index?: number;
  readonly uuid?: string;
  readonly pciBusId?: string;
  readonly name?: string;
}

/** One value in the unit that its name ends in. */
export interface SmiReading {
  readonly metric: string;
  readonly value: number;
  /** A pid for a metric of a process, a GPU instance's id + 1 for one of a MIG instance; absent for the whole GPU. */
  readonly subId?: number;
}

/** A metric that nvidia-smi names but has no value for, with its own word for it: `[N/A]`, `[Not Supported]`, `[Unknown Error]`. */
export interface SmiUnavailable {
  readonly metric: string;
  readonly text: string;
}

/** What one GPU showed at one time. */
export interface SmiRecord {
  readonly gpu: SmiGpu;
  /** `lost`: the text says that the GPU is lost. */
  readonly state: 'ok' | 'lost';
  /** nvidia-smi's own stamp, in the GPU host's local time and without a zone; absent where it prints none. */
  readonly timestampText?: string;
  readonly readings: readonly SmiReading[];
  readonly unavailable: readonly SmiUnavailable[];
  /** Columns or elements that belong to no metric but were asked for, as printed. */
  readonly otherFields: Readonly<Record<string, string>>;
}

/** Something in the text that could not be read; what could be read around it is in the records. */
export interface SmiProblem {
  readonly kind:
    'message' | 'bad value' | 'column count' | 'no header' | 'line too long' | 'bad xml' | 'truncated';
  /** At most 200 characters of the text. */
  readonly text: string;
  /** The column or element, where one is to blame. */
  readonly where?: string;
}

export interface SmiText {
  readonly records: readonly SmiRecord[];
  /** At most 100 of them; of the rest only the count. */
  readonly problems: readonly SmiProblem[];
  readonly moreProblemsCount: number;
}
