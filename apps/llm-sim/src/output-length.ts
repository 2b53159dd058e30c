import { seededRandom } from '@fluidscope/serving-sim';
import { hash } from 'node:crypto';
import { randomLogNormal } from 'd3-random';

/** Half of the answers that may end by themselves are shorter than this; the longest tenth reaches about three times it. */
const MEDIAN_TOKENS = 128;
const SIGMA = 0.9;

export interface OutputLengthRequest {
  /** Requests with the same key get the same length. */
  readonly drawKey: string;
  readonly ignoreEos: boolean;
  readonly minTokens: number;
  /** The most that the request or the model's limit allows. */
  readonly limitTokens: number;
}

export interface OutputLength {
  readonly outputTokens: number;
  readonly finishReason: 'stop' | 'length';
}

/**
 * How long the answer gets: the limit when the end of sequence is ignored, else a lognormal draw cut at the limit. The draw hangs
 * on the seed and the request alone, so the same request gets the same length whatever runs beside it.
 */
export function drawOutputLength(seed: number, request: OutputLengthRequest): OutputLength {
  const { ignoreEos, minTokens, limitTokens } = request;
  if (ignoreEos) return { outputTokens: limitTokens, finishReason: 'length' };
  const drawSeed = Buffer.from(hash('sha1', `${seed}:${request.drawKey}`, 'hex'), 'hex').readInt32LE();
  const draw = randomLogNormal.source(seededRandom(drawSeed))(Math.log(MEDIAN_TOKENS), SIGMA);
  const outputTokens = Math.max(1, minTokens, Math.round(draw()));
  return outputTokens < limitTokens
    ? { outputTokens, finishReason: 'stop' }
    : { outputTokens: limitTokens, finishReason: 'length' };
}
