import { countUpTo } from './sorted-search.js';
import type { TokenStream } from './token-stream.js';

/** Streams that shared an engine's steps, in order of their first token. */
export type EngineStreams = readonly TokenStream[];

/** With how many earlier streams each is compared: enough to meet both engines of two. */
const PARTNERS_COUNT = 8;
const COMPARED_TOKENS_COUNT = 64;
/** Two engines drift apart by some 4 % of a step with each: in fewer steps than this they may seem to keep step. */
const LEAST_SHARED_GAPS_COUNT = 128;
const LOCKED_RATIO = 0.85;
const DRIFTING_RATIO = 0.5;
/** A stream that loses packets drifts by itself: so many of either side must. */
const LEAST_DRIFTING_STREAMS_COUNT = 3;
/** Streams that keep step with nobody (buffered by the byte, say) tell nothing of engines. */
const LEAST_GROUPED_RATIO = 0.8;

/**
 * Which streams shared an engine, by their tokens' times: streams of one engine keep a fixed phase to each other, whatever their chunks hold, and those of
 * two drift. Only where that parts nearly all streams into groups that keep step within and drift between is there more than one; else all are one
 * engine's. Engines that were never busy at once cannot be told apart, nor can the same engine be known again after a pause: labels hold while streams overlap.
 */
export function findEngines(streams: readonly TokenStream[]): readonly EngineStreams[] {
  const ordered = streams
    .filter(({ timings }) => timings.arrivalsNs.length > 0)
    .sort((a, b) => firstNs(a) - firstNs(b));
  const pairs = comparedPairs(ordered);
  const groups = groupsInStep(ordered.length, pairs);
  if (!areTelling(groups, pairs)) return ordered.length === 0 ? [] : [ordered];
  const engineOfGroup = apart(groups, pairs);
  const engines: TokenStream[][] = [];
  ordered.forEach((stream, index) => {
    const engine = engineOfGroup.get(groups[index] ?? -1) ?? 0;
    (engines[engine] ??= []).push(stream);
  });
  return engines;
}

interface Pair {
  readonly a: number;
  readonly b: number;
  /** 1: the phase never moves; near 0: it goes all round. */
  readonly lockRatio: number;
}

function comparedPairs(ordered: readonly TokenStream[]): readonly Pair[] {
  const pairs: Pair[] = [];
  let active: number[] = [];
  ordered.forEach((stream, index) => {
    active = active.filter((other) => lastNs(ordered[other]) > firstNs(stream));
    const every = Math.max(1, active.length / PARTNERS_COUNT);
    for (let at = active.length - 1; at >= 0; at -= every) {
      const b = active[Math.floor(at)] ?? 0;
      const lockRatio = phaseLock(stream, ordered[b]);
      if (lockRatio !== undefined) pairs.push({ a: index, b, lockRatio });
    }
    active.push(index);
  });
  return pairs;
}

/** The length of the mean of the phases, on the unit circle, of one stream's arrivals between the other's; `undefined` where they overlap too little. */
function phaseLock(stream: TokenStream, other: TokenStream | undefined): number | undefined {
  if (other === undefined) return undefined;
  const [arrivalsNs, othersNs] = [stream.timings.arrivalsNs, other.timings.arrivalsNs];
  const from = countUpTo(arrivalsNs, firstNs(other));
  const to = countUpTo(arrivalsNs, lastNs(other) - 1);
  const shared = Math.min(
    to - from,
    countUpTo(othersNs, lastNs(stream)) - countUpTo(othersNs, firstNs(stream)),
  );
  if (shared < LEAST_SHARED_GAPS_COUNT) return undefined;
  let [x, y, count] = [0, 0, 0];
  for (let each = 0; each < COMPARED_TOKENS_COUNT; each += 1) {
    const arrivalNs = arrivalsNs[from + Math.floor((each * (to - from)) / COMPARED_TOKENS_COUNT)] ?? NaN;
    const next = countUpTo(othersNs, arrivalNs);
    const [beforeNs, afterNs] = [othersNs[next - 1], othersNs[next]];
    if (beforeNs === undefined || afterNs === undefined) continue;
    const phase = (2 * Math.PI * (arrivalNs - beforeNs)) / (afterNs - beforeNs);
    x += Math.cos(phase);
    y += Math.sin(phase);
    count += 1;
  }
  return count === 0 ? undefined : Math.hypot(x, y) / count;
}

/** By stream, the group of those that keep step with it, named by one of them. */
function groupsInStep(streamsCount: number, pairs: readonly Pair[]): readonly number[] {
  const parents = Array.from({ length: streamsCount }, (_, index) => index);
  const rootOf = (index: number): number => {
    let root = index;
    while (parents[root] !== undefined && parents[root] !== root) root = parents[root] ?? root;
    parents[index] = root;
    return root;
  };
  for (const { a, b, lockRatio } of pairs) if (lockRatio >= LOCKED_RATIO) parents[rootOf(a)] = rootOf(b);
  return parents.map((_, index) => rootOf(index));
}

function areTelling(groups: readonly number[], pairs: readonly Pair[]): boolean {
  const compared = new Set(pairs.flatMap(({ a, b }) => [a, b]));
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const grouped = [...compared].filter((index) => (sizes.get(groups[index] ?? -1) ?? 0) > 1).length;
  return compared.size > 0 && grouped >= LEAST_GROUPED_RATIO * compared.size;
}

interface Relation {
  sum: number;
  count: number;
  readonly streams: Set<number>;
  readonly others: Set<number>;
}

/** An engine for each group: the first with none of whose groups it drifts. Groups that nothing parts are one engine's. */
function apart(groups: readonly number[], pairs: readonly Pair[]): ReadonlyMap<number, number> {
  const relations = new Map<number, Map<number, Relation>>();
  for (const { a, b, lockRatio } of pairs) {
    const [groupA, groupB] = [groups[a] ?? a, groups[b] ?? b];
    if (groupA === groupB) continue;
    const both = [
      { relation: related(relations, groupA, groupB), stream: a, other: b },
      { relation: related(relations, groupB, groupA), stream: b, other: a },
    ];
    for (const { relation, stream, other } of both) {
      relation.sum += lockRatio;
      relation.count += 1;
      relation.streams.add(stream);
      relation.others.add(other);
    }
  }
  const engineOf = new Map<number, number>();
  for (const group of new Set(groups)) {
    const related = [...(relations.get(group) ?? [])].flatMap(([other, relation]) => {
      const engine = engineOf.get(other);
      return engine === undefined ? [] : [{ engine, relation }];
    });
    const taken = new Set(related.flatMap(({ engine, relation }) => (isDrifting(relation) ? [engine] : [])));
    engineOf.set(group, closest(related, taken) ?? firstFree(taken));
  }
  return engineOf;
}

/** The engine with which a group keeps step best, of those from which it does not drift. */
function closest(
  related: readonly { readonly engine: number; readonly relation: Relation }[],
  taken: ReadonlySet<number>,
): number | undefined {
  const [best] = related
    .filter(({ engine }) => !taken.has(engine))
    .sort((a, b) => b.relation.sum / b.relation.count - a.relation.sum / a.relation.count);
  return best?.engine;
}

function firstFree(taken: ReadonlySet<number>): number {
  let engine = 0;
  while (taken.has(engine)) engine += 1;
  return engine;
}

function related(relations: Map<number, Map<number, Relation>>, from: number, to: number): Relation {
  const ofGroup = relations.get(from) ?? new Map<number, Relation>();
  relations.set(from, ofGroup);
  const relation = ofGroup.get(to) ?? { sum: 0, count: 0, streams: new Set(), others: new Set() };
  ofGroup.set(to, relation);
  return relation;
}

function isDrifting({ sum, count, streams, others }: Relation): boolean {
  return Math.min(streams.size, others.size) >= LEAST_DRIFTING_STREAMS_COUNT && sum / count <= DRIFTING_RATIO;
}

function firstNs({ timings }: TokenStream): number {
  return timings.arrivalsNs[0] ?? NaN;
}

function lastNs(stream: TokenStream | undefined): number {
  return stream?.timings.arrivalsNs.at(-1) ?? NaN;
}
