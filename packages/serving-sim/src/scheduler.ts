import type { EngineConfig } from './engine-config.js';
import type { EngineState } from './engine-state.js';
import { keyedDraw } from './keyed-draw.js';
import { pendingTokens, type Sequence } from './sequence.js';
import type { Decode, EngineRequest, PrefillChunk } from './serving-engine.js';
import type { BatchWork } from './step-time.js';

/** An iteration's content, before its duration is known. */
export interface Batch<R> {
  readonly prefillChunks: PrefillChunk<R>[];
  readonly decodes: Decode<R>[];
  readonly preempted: R[];
  readonly admitted: R[];
  readonly work: { -readonly [Key in keyof BatchWork]: BatchWork[Key] };
}

/**
 * Fills the next iteration by the policy, taking and freeing KV as it goes. Empty only when nothing runs and nothing has
 * arrived: the first request always fits, since whoever is alone may use the whole pool.
 */
export function schedule<R extends EngineRequest>(state: EngineState<R>, config: EngineConfig): Batch<R> {
  const batch = emptyBatch<R>();
  if (config.policy === 'prefill-first') {
    admitWaiting(state, config, batch);
    if (batch.admitted.length === 0) continueRunning(state, config, batch);
    return batch;
  }
  continueRunning(state, config, batch);
  // Admitting beside a preemption would hand the freed blocks to a newcomer and preempt again in the next iteration.
  if (batch.preempted.length === 0) admitWaiting(state, config, batch);
  return batch;
}

function emptyBatch<R>(): Batch<R> {
  return {
    prefillChunks: [],
    decodes: [],
    preempted: [],
    admitted: [],
    work: { batchTokens: 0, sequenceCount: 0, prefillPairCount: 0, decodeContextTokens: 0 },
  };
}

/**
 * Running requests in order of admission. A prompt that was cut is always the last admitted (what it left of the budget was
 * nothing), so this order serves every decode before any chunk.
 */
function continueRunning<R extends EngineRequest>(
  state: EngineState<R>,
  config: EngineConfig,
  batch: Batch<R>,
): void {
  for (let index = 0; index < state.running.length; index++) {
    const sequence = state.running[index];
    const budgetTokens = config.maxBatchedTokens - batch.work.batchTokens;
    if (sequence === undefined || budgetTokens === 0) return;
    const tokens = Math.min(pendingTokens(sequence), budgetTokens);
    const draftTokens = draftTokensOf(sequence, budgetTokens - tokens, config);
    if (!growPreempting(sequence, tokens + draftTokens, { state, config, batch })) return;
    addToBatch(batch, sequence, tokens);
    if (draftTokens > 0) speculate(sequence, draftTokens, { state, config, batch });
  }
}

/** A decode drafts no more than the budget holds, and than it still has to give beside its own token. */
function draftTokensOf(
  sequence: Sequence<EngineRequest>,
  budgetTokens: number,
  { draftTokens }: EngineConfig,
): number {
  const { request, emittedTokens } = sequence;
  if (draftTokens === 0 || emittedTokens === 0 || pendingTokens(sequence) !== 1) return 0;
  return Math.min(draftTokens, budgetTokens, request.outputTokens - emittedTokens - 1);
}

/** All drafts run through the model; those accepted, up to the first that is not, count as computed. */
function speculate<R extends EngineRequest>(
  sequence: Sequence<R>,
  draftTokens: number,
  { state, config, batch }: { state: EngineState<R>; config: EngineConfig; batch: Batch<R> },
): void {
  let acceptedTokens = 0;
  while (
    acceptedTokens < draftTokens &&
    keyedDraw(state.drawSeed, sequence.drawKey, sequence.emittedTokens + acceptedTokens) <
      config.acceptanceRatio
  )
    acceptedTokens++;
  sequence.scheduledTokens += acceptedTokens;
  batch.work.batchTokens += draftTokens;
  state.draftedTokens += draftTokens;
  state.acceptedTokens += acceptedTokens;
}

/** Preempts from the end until the request's next tokens have their blocks; false when it had to preempt itself. */
function growPreempting<R extends EngineRequest>(
  sequence: Sequence<R>,
  tokens: number,
  { state, config, batch }: { state: EngineState<R>; config: EngineConfig; batch: Batch<R> },
): boolean {
  const blockCount = blockCountFor(sequence.computedTokens + tokens, config);
  while (sequence.lease !== undefined) {
    if (state.kv.grow(sequence.lease, blockCount)) return true;
    const victim = state.running.pop();
    if (victim === undefined) return false;
    preempt(victim, state);
    batch.preempted.push(victim.request);
  }
  return false;
}

function preempt<R extends EngineRequest>(victim: Sequence<R>, state: EngineState<R>): void {
  if (victim.lease !== undefined) state.kv.close(victim.lease);
  victim.lease = undefined;
  victim.computedTokens = 0;
  state.totalPreemptionCount++;
  state.waiting.returnPreempted(victim);
}

/** Waiting requests in order, until one does not fit: nobody overtakes. */
function admitWaiting<R extends EngineRequest>(
  state: EngineState<R>,
  config: EngineConfig,
  batch: Batch<R>,
): void {
  while (state.running.length < config.maxSequenceCount) {
    const sequence = state.waiting.head(state.nowNs);
    if (sequence === undefined) return;
    const tokens = tryAdmit(sequence, config.maxBatchedTokens - batch.work.batchTokens, { state, config });
    if (tokens === 0) return;
    state.waiting.removeFirst();
    state.running.push(sequence);
    batch.admitted.push(sequence.request);
    addToBatch(batch, sequence, tokens);
  }
}

/** Takes the blocks of the request's first tokens; returns how many tokens to run, or 0 when it must wait. */
function tryAdmit<R extends EngineRequest>(
  sequence: Sequence<R>,
  budgetTokens: number,
  { state, config }: { state: EngineState<R>; config: EngineConfig },
): number {
  const cachedKeys = cachedPrefix(sequence, state, config);
  const cachedTokens = cachedKeys.length * config.blockTokens;
  const wantedTokens = pendingTokens(sequence) - cachedTokens;
  const tokens = config.policy === 'chunked' ? Math.min(wantedTokens, budgetTokens) : wantedTokens;
  if (tokens > budgetTokens || tokens === 0) return 0;
  const blockCount = blockCountFor(cachedTokens + tokens, config);
  const freeAfter = state.kv.freeBlockCountBeside(cachedKeys) - (blockCount - cachedKeys.length);
  // The watermark protects those that run; with nobody running it would keep a long prompt out for ever.
  const watermark =
    state.running.length === 0
      ? 0
      : Math.floor(config.watermarkRatio * (config.kvBlockCount - state.kv.withheldBlockCount));
  if (freeAfter < watermark) return 0;
  sequence.lease = state.kv.open(cachedKeys);
  state.kv.grow(sequence.lease, blockCount);
  sequence.computedTokens = cachedTokens;
  if (config.prefixCaching) {
    state.prefixQueryTokens += pendingTokens(sequence) + cachedTokens;
    state.prefixHitTokens += cachedTokens;
  }
  return tokens;
}

/** Keys of the cached blocks that this prompt starts with. Its last token is computed in any case: it yields the output. */
function cachedPrefix<R extends EngineRequest>(
  { request, drawKey }: Sequence<R>,
  state: EngineState<R>,
  config: EngineConfig,
): readonly string[] {
  if (!config.prefixCaching || request.promptBlockKeys === undefined) return [];
  if (keyedDraw(LOST_PREFIX_KEY, drawKey, 0) < state.lostPrefixRatio) return [];
  const limit = Math.floor((request.promptTokens - 1) / config.blockTokens);
  return request.promptBlockKeys.slice(0, state.kv.cachedPrefixBlockCount(request.promptBlockKeys, limit));
}

/** Of the draws that say whose prefix is lost. */
const LOST_PREFIX_KEY = 11;

function addToBatch<R extends EngineRequest>(batch: Batch<R>, sequence: Sequence<R>, tokens: number): void {
  const { request, computedTokens: contextTokens } = sequence;
  sequence.scheduledTokens = tokens;
  batch.work.batchTokens += tokens;
  batch.work.sequenceCount++;
  if (tokens === 1 && sequence.emittedTokens > 0) {
    batch.decodes.push({ request, contextTokens });
    batch.work.decodeContextTokens += contextTokens;
    return;
  }
  batch.prefillChunks.push({ request, chunkTokens: tokens, contextTokens });
  batch.work.prefillPairCount += tokens * (contextTokens + tokens / 2);
}

function blockCountFor(tokens: number, config: EngineConfig): number {
  return Math.ceil(tokens / config.blockTokens);
}
