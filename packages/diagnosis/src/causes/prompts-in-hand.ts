import type { Episode } from '../episodes.js';
import { prefillNs } from '../prefill-cost.js';
import type { DiagnosisContext, Observation } from './cause-rule.js';

/** Whoever waits longer waits in a queue. */
const LONGEST_WAIT_NS = 10_000_000_000;
/** A first chunk is worth its prompt's tokens, give or take what attention and other prompts beside it add. */
const FULL_RATIO = 0.6;

/**
 * The longest prompt in hand during a stall, by what it usually costs, beside a slow step that is taken for a full chunk: a prompt that is worth less never fills
 * one, so something else made that step long. Of other clients' prompts only the sum is known, which is taken for one.
 */
export function fillsChunk(chunkNs: number, episode: Episode, context: DiagnosisContext): Observation {
  const { stepNsPerToken = 0 } = context;
  const longestTokens = Math.max(longestOwnTokens(episode, context), othersTokens(episode, context));
  const value = prefillNs(stepNsPerToken, longestTokens) / chunkNs;
  return {
    name: 'longest_prompt_over_chunk',
    value,
    logLikelihoodRatio: value >= FULL_RATIO ? 0.5 : -6,
  };
}

function longestOwnTokens({ startNs, endNs }: Episode, { batch, usualGap }: DiagnosisContext): number {
  return batch
    .joinedWithin(startNs, endNs + 2 * usualGap.medianNs)
    .reduce((most, { promptTokens = 0 }) => Math.max(most, promptTokens), 0);
}

/** What a server counted around a stall less every prompt of this run that it may have counted in it: 0 where no server is watched. */
function othersTokens({ startNs, endNs }: Episode, { batch, telemetry }: DiagnosisContext): number {
  return telemetry.servers.reduce((most, server) => {
    const grown = server.line('prompt_tokens_count')?.growthOver(startNs, endNs);
    if (grown === undefined) return most;
    const ownTokens = batch
      .joinedWithin(grown.fromNs, grown.toNs + LONGEST_WAIT_NS)
      .filter(({ sentNs }) => sentNs <= grown.toNs)
      .reduce((sum, { promptTokens = 0 }) => sum + promptTokens, 0);
    return Math.max(most, grown.growth - ownTokens);
  }, 0);
}
