import type { RequestEnd, RequestMetrics } from './records.js';

/** Of a request of which no metric exists: one that failed, was cancelled, or never ended. */
export const NO_METRICS: RequestMetrics = {
  ttftNs: undefined,
  ttftFromSentNs: undefined,
  ttftVisibleNs: undefined,
  tpotMeanNs: undefined,
  endToEndNs: undefined,
  fluidityIndex: undefined,
  tokenFluidityIndex: undefined,
  decodeFluidityIndex: undefined,
  missedDeadlinesCount: undefined,
  totalDeadlinesCount: undefined,
  minTbtDeadlineNs: undefined,
};

/** Of a request of whose outcome nothing is known but, where it ended, how and when. */
export const NO_OUTCOME: Omit<RequestEnd, 'requestIndex' | 'status' | 'endedNs'> = {
  ...NO_METRICS,
  errorCode: undefined,
  httpStatus: undefined,
  errorMessage: undefined,
  responseId: undefined,
  finishReason: undefined,
  firstChunkNs: undefined,
  outputTokens: undefined,
  tokenCountSource: undefined,
  usagePromptTokens: undefined,
  usageOutputTokens: undefined,
};
