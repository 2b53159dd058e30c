import type { TraceSources } from './trace-sources.js';

/** Whom a diagnosis is shown to. */
export interface DiagnosisView {
  /** What its sources are called. */
  readonly sources: TraceSources;
  /** How wide the terminal is. */
  readonly columns: number;
}
