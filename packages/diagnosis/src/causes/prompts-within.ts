import type { Episode } from '../episodes.js';
import type { MetricSource } from '../telemetry/telemetry.js';
import type { DiagnosisContext } from './cause-rule.js';

/** Prompts that an engine worked on within a stall. */
export interface PromptsWithin {
  /** Of each prompt; those of other clients, which only the server counts, as one sum in pieces. */
  readonly lengthsTokens: readonly number[];
  /** Requests of this run; `undefined` where other clients' prompts outweigh them. */
  readonly requestsCount: number | undefined;
  /** The server whose count is needed, and how much of the stall its scrapes cover. */
  readonly sourceId: string | undefined;
  readonly coverageRatio: number;
}

/** Of prompts whose own lengths nobody knows. */
const PIECE_TOKENS = 8_000;
/** Scrapes that lie further apart than so many times the stall say little of it. */
const MOST_SPAN_RATIO = 4;

/**
 * The prompts of this run whose first token came within the stall or ended it, give or take two usual gaps (of a storm the first may wait for the
 * later ones too); and those of other clients, where the server counted more prompt tokens than these and its own usual rate.
 */
export function promptsWithin(episode: Episode, context: DiagnosisContext): PromptsWithin {
  const { batch, usualGap, telemetry } = context;
  const joined = batch.joinedWithin(episode.startNs, episode.endNs + 2 * usualGap.medianNs);
  const own = joined.flatMap(({ promptTokens = 0 }) => (promptTokens > 0 ? [promptTokens] : []));
  const ownTokens = own.reduce((sum, tokens) => sum + tokens, 0);
  for (const server of telemetry.servers) {
    const counted = countedWithin(episode, server);
    if (counted === undefined || counted.promptTokens - ownTokens <= ownTokens) continue;
    const others = pieces(counted.promptTokens - ownTokens);
    return {
      lengthsTokens: [...own, ...others],
      requestsCount: undefined,
      sourceId: server.sourceId,
      coverageRatio: counted.coverageRatio,
    };
  }
  return { lengthsTokens: own, requestsCount: own.length, sourceId: undefined, coverageRatio: 1 };
}

/** Prompt tokens beyond what the server counts in as much time on average. */
function countedWithin(
  { startNs, endNs }: Episode,
  server: MetricSource,
): { readonly promptTokens: number; readonly coverageRatio: number } | undefined {
  const line = server.line('prompt_tokens_count');
  const grown = line?.growthOver(startNs, endNs);
  if (line === undefined || grown === undefined) return undefined;
  const spanNs = grown.toNs - grown.fromNs;
  if (spanNs > MOST_SPAN_RATIO * (endNs - startNs)) return undefined;
  const [firstNs = NaN, lastNs = NaN] = [line.timesNs[0], line.timesNs.at(-1)];
  const ofRun = line.growthOver(firstNs, lastNs);
  const usualTokens = ((ofRun?.growth ?? 0) * (spanNs - (endNs - startNs))) / (lastNs - firstNs);
  return {
    promptTokens: Math.max(0, grown.growth - usualTokens),
    coverageRatio: line.coverageRatio(startNs, endNs),
  };
}

function pieces(tokens: number): readonly number[] {
  const whole = Array.from({ length: Math.floor(tokens / PIECE_TOKENS) }, () => PIECE_TOKENS);
  return [...whole, tokens - whole.length * PIECE_TOKENS];
}
