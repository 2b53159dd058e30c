import type { RecordedPrices, RequestRow } from '@fluidscope/trace-schema';

/**
 * What a run cost by the prices given, USD. Over requests whose tokens are known, warm-up apart: those that ended well, and those that failed after
 * tokens had come, which providers bill too.
 */
export interface CostSummary {
  readonly prices: RecordedPrices;
  readonly measuredUsd: number;
  readonly warmupUsd: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  /** Output tokens that met their deadline, of requests that ended well. */
  readonly fluentTokens: number;
  /** `undefined` without such tokens. */
  readonly perMillionOutputUsd: number | undefined;
  readonly perMillionFluentUsd: number | undefined;
  /** Of the requests reckoned with, those whose prompt or output is by this client's count: the server gave no usage. */
  readonly countedHereCount: number;
  readonly requestsCount: number;
}

const MILLION = 1e6;

/** `undefined` without prices. */
export function summariseCost(
  rows: readonly RequestRow[],
  prices: RecordedPrices | undefined,
): CostSummary | undefined {
  if (prices === undefined) return undefined;
  const billed = rows.filter(({ status, outputTokens }) => status === 'ok' || (outputTokens ?? 0) > 0);
  const measured = sumTokens(billed.filter(({ phase }) => phase === 'measured'));
  const warmup = sumTokens(billed.filter(({ phase }) => phase === 'warmup'));
  const measuredUsd = costOf(measured, prices);
  const perMillion = (tokens: number): number | undefined =>
    tokens === 0 ? undefined : (MILLION * measuredUsd) / tokens;
  return {
    prices,
    measuredUsd,
    warmupUsd: costOf(warmup, prices),
    ...measured,
    perMillionOutputUsd: perMillion(measured.outputTokens),
    perMillionFluentUsd: perMillion(measured.fluentTokens),
  };
}

type Tokens = Pick<
  CostSummary,
  'promptTokens' | 'cachedTokens' | 'outputTokens' | 'fluentTokens' | 'countedHereCount' | 'requestsCount'
>;

function sumTokens(rows: readonly RequestRow[]): Tokens {
  const sum = {
    promptTokens: 0,
    cachedTokens: 0,
    outputTokens: 0,
    fluentTokens: 0,
    countedHereCount: 0,
    requestsCount: rows.length,
  };
  for (const row of rows) {
    const outputTokens = row.usageOutputTokens ?? row.outputTokens ?? 0;
    const promptTokens = row.usagePromptTokens ?? row.promptTokens ?? 0;
    sum.promptTokens += promptTokens;
    sum.cachedTokens += Math.min(promptTokens, row.usageCachedTokens ?? 0);
    sum.outputTokens += outputTokens;
    sum.fluentTokens += Math.round((row.tokenFluidityIndex ?? 0) * (row.outputTokens ?? 0));
    if (row.usageOutputTokens === undefined || row.usagePromptTokens === undefined) sum.countedHereCount += 1;
  }
  return sum;
}

/** A price that is not given is of something that costs nothing; cached prompt tokens cost as much as others unless a price says otherwise. */
function costOf({ promptTokens, cachedTokens, outputTokens }: Tokens, prices: RecordedPrices): number {
  const { input_usd: inputUsd = 0, output_usd: outputUsd = 0, cached_usd: cachedUsd = inputUsd } = prices;
  const total =
    (promptTokens - cachedTokens) * inputUsd + cachedTokens * cachedUsd + outputTokens * outputUsd;
  return total / MILLION;
}
