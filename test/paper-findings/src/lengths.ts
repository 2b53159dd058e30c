import { seededRandom, type Random } from '@fluidscope/serving-sim';

/** Log-normal lengths by what is usually told of them, tokens. */
export interface LengthShape {
  readonly medianTokens: number;
  readonly p90Tokens: number;
}

export interface WorkloadShape {
  readonly name: string;
  readonly prompt: LengthShape;
  readonly output: LengthShape;
  /** Requests a second to try. */
  readonly ratesPerS: readonly number[];
}

/** Stand-ins for two data sets that the field measures with: summaries of long papers, and conversations. */
export const ARXIV_LIKE: WorkloadShape = {
  name: 'arXiv-like',
  prompt: { medianTokens: 7_000, p90Tokens: 13_000 },
  output: { medianTokens: 210, p90Tokens: 370 },
  ratesPerS: [0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4],
};

export const SHAREGPT_LIKE: WorkloadShape = {
  name: 'ShareGPT-like',
  prompt: { medianTokens: 1_700, p90Tokens: 5_700 },
  output: { medianTokens: 410, p90Tokens: 830 },
  ratesPerS: [0.5, 1, 1.5, 2, 2.5, 3, 3.5],
};

export interface DrawnRequest {
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly atNs: number;
}

/** What fits the engine's context. */
const MOST_PROMPT_TOKENS = 32_000;
const MOST_OUTPUT_TOKENS = 2_000;
const Z_90 = 1.2816;

/** Poisson arrivals at `ratePerS`; the same requests in the same order at any rate. */
export function drawRequests(
  { prompt, output }: WorkloadShape,
  { count, ratePerS, seed }: { readonly count: number; readonly ratePerS: number; readonly seed: number },
): DrawnRequest[] {
  const random = seededRandom(seed);
  let unitS = 0;
  return Array.from({ length: count }, () => {
    unitS -= Math.log(1 - random());
    return {
      atNs: Math.round((unitS / ratePerS) * 1e9),
      promptTokens: drawLength(prompt, random, MOST_PROMPT_TOKENS),
      outputTokens: drawLength(output, random, MOST_OUTPUT_TOKENS),
    };
  });
}

function drawLength({ medianTokens, p90Tokens }: LengthShape, random: Random, mostTokens: number): number {
  const spread = Math.log(p90Tokens / medianTokens) / Z_90;
  const z = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.min(mostTokens, Math.max(2, Math.round(medianTokens * Math.exp(spread * z))));
}
