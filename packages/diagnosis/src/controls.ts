import type { BatchTimeline } from './batch-timeline.js';
import type { Episode } from './episodes.js';
import { mergedSpans, overlapNs, type Span } from './spans.js';
import type { TimeBins } from './time-bins.js';

/** Port: one uniform draw from [0, 1) a call. */
export type Random = () => number;

/** An episode's time in bins, and that of the windows that were like it but had no stall. */
export interface MatchedWindows {
  readonly episode: BinSpan;
  readonly controls: readonly BinSpan[];
}

/** From the first bin up to, not with, the last. */
export interface BinSpan {
  readonly from: number;
  readonly to: number;
}

const MOST_CONTROLS_COUNT = 10;
const DRAWS_COUNT = 120;
const BATCH_RATIO = 0.15;
const CONTEXT_RATIO = 0.2;
/** A batch of two may differ by one. */
const LEAST_BATCH_DIFFERENCE_COUNT = 1;
const LEAST_CONTEXT_DIFFERENCE_TOKENS = 500;
const MOST_EPISODES_COUNT = 512;

export interface ControlOptions {
  readonly bins: TimeBins;
  /** The engine's own streams, by engine. */
  readonly batches: readonly BatchTimeline[];
  /** In which no control may lie. */
  readonly masked: readonly Span[];
  /** How far off a window must be to have exposures of its own. */
  readonly distanceBins: number;
  readonly random: Random;
}

/** Up to ten windows for each episode, drawn from the rest of the run: as long, with as many streams, as much context and prompts as long joining. */
export function matchedWindows(episodes: readonly Episode[], options: ControlOptions): MatchedWindows[] {
  const every = Math.max(1, Math.ceil(episodes.length / MOST_EPISODES_COUNT));
  const busy = new Map<number, Span[]>();
  for (const { engineIndex, startNs, endNs } of episodes) {
    const spans = busy.get(engineIndex) ?? [];
    spans.push({ fromNs: startNs, toNs: endNs });
    busy.set(engineIndex, spans);
  }
  const merged = new Map([...busy].map(([engine, spans]) => [engine, mergedSpans(spans)]));
  return episodes
    .filter((_, index) => index % every === 0)
    .map((episode) => matchesOf(episode, merged.get(episode.engineIndex) ?? [], options));
}

function matchesOf(episode: Episode, busy: readonly Span[], options: ControlOptions): MatchedWindows {
  const { bins, batches, masked, distanceBins, random } = options;
  const batch = batches[episode.engineIndex];
  const lengthBins = Math.max(1, Math.ceil((episode.endNs - episode.startNs) / bins.binNs));
  const from = Math.floor((episode.startNs - bins.fromNs) / bins.binNs);
  const windowAt = (bin: number): BinSpan => ({ from: bin, to: Math.min(bins.count, bin + lengthBins) });
  const controls: BinSpan[] = [];
  const taken = new Set<number>();
  const seen = batch && stateAt(batch, episode.startNs, episode.endNs);
  for (let draw = 0; draw < DRAWS_COUNT && controls.length < MOST_CONTROLS_COUNT; draw += 1) {
    const bin = Math.floor(random() * (bins.count - lengthBins));
    if (bin < 0 || taken.has(bin) || Math.abs(bin - from) < distanceBins || batch === undefined) continue;
    const fromNs = bins.fromNs + bin * bins.binNs;
    const toNs = fromNs + lengthBins * bins.binNs;
    if (overlapNs(busy, fromNs, toNs) > 0 || overlapNs(masked, fromNs, toNs) > 0) continue;
    if (seen === undefined || !isLike(stateAt(batch, fromNs, toNs), seen)) continue;
    taken.add(bin);
    controls.push(windowAt(bin));
  }
  return { episode: windowAt(Math.min(bins.count - 1, Math.max(0, from))), controls };
}

/** What the engine had in hand when a window began, and how long the prompts were that joined in it. */
interface EngineState {
  readonly decodingCount: number;
  readonly contextTokens: number;
  /** By powers of two; 0 where none joined. */
  readonly promptBucket: number;
}

function stateAt(batch: BatchTimeline, fromNs: number, toNs: number): EngineState {
  let joined = 0;
  for (const { promptTokens = 0 } of batch.joinedWithin(fromNs, toNs)) joined += promptTokens;
  return {
    decodingCount: batch.decodingCountAt(fromNs),
    contextTokens: batch.contextTokensAt(fromNs),
    promptBucket: Math.ceil(Math.log2(1 + joined)),
  };
}

function isLike(state: EngineState, seen: EngineState): boolean {
  return (
    state.promptBucket === seen.promptBucket &&
    Math.abs(state.decodingCount - seen.decodingCount) <=
      Math.max(LEAST_BATCH_DIFFERENCE_COUNT, BATCH_RATIO * seen.decodingCount) &&
    Math.abs(state.contextTokens - seen.contextTokens) <=
      Math.max(LEAST_CONTEXT_DIFFERENCE_TOKENS, CONTEXT_RATIO * seen.contextTokens)
  );
}
