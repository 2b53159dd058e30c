/** What a reader did not get. */
export interface DroppedFigures {
  /** Times that the backlog had given up what the reader was to get next. */
  readonly gapsCount: number;
  /** Samples in those gaps, as far as the stream still knew: of its own, before the reader's selection. */
  readonly samplesCount: number;
}

/** How one reader fares. */
export interface ReaderFigures {
  /** From 1, in the order in which readers came. */
  readonly id: number;
  /** Items of the stream that it has not been sent. */
  readonly behindCount: number;
  /** Handed to its socket and not yet taken by the system. */
  readonly bufferedBytes: number;
  readonly dropped: DroppedFigures;
}

export const NOTHING_DROPPED: DroppedFigures = { gapsCount: 0, samplesCount: 0 };

export function addDropped(one: DroppedFigures, other: DroppedFigures): DroppedFigures {
  return {
    gapsCount: one.gapsCount + other.gapsCount,
    samplesCount: one.samplesCount + other.samplesCount,
  };
}
