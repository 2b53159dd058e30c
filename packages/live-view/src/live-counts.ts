/** What a run has come to so far; of measured requests where not said otherwise. */
export interface LiveCounts {
  /** Whether the request that was begun last is one of the warm-up. */
  isWarmup: boolean;
  startedCount: number;
  okCount: number;
  failedCount: number;
  cancelledCount: number;
  lateTokensCount: number;
  /** Of both phases. */
  unseenCount: number;
  lateRecordsCount: number;
  readonly errors: Record<string, number>;
}

export function emptyCounts(): LiveCounts {
  return {
    isWarmup: false,
    startedCount: 0,
    okCount: 0,
    failedCount: 0,
    cancelledCount: 0,
    lateTokensCount: 0,
    unseenCount: 0,
    lateRecordsCount: 0,
    errors: {},
  };
}
