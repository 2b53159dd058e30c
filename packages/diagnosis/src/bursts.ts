import type { TokenStream } from './token-stream.js';

/** Chunks that came at once: written together, or held up and let go together. */
export interface Burst {
  readonly atNs: number;
  /** Since the burst before, or since the request was sent. */
  readonly waitNs: number;
  readonly chunksCount: number;
  readonly tokensCount: number;
  /** Of its first chunk, among the stream's chunks. */
  readonly chunkIndex: number;
}

/** Far less than any engine's step; a read of a socket takes some tens of microseconds. */
const TOGETHER_NS = 500_000;

const BURSTS = new WeakMap<TokenStream, readonly Burst[]>();

/** All bursts of a stream in order; most hold one chunk where nothing holds chunks up. */
export function burstsOf(stream: TokenStream): readonly Burst[] {
  const known = BURSTS.get(stream) ?? findBursts(stream);
  BURSTS.set(stream, known);
  return known;
}

function findBursts({ timings, sentNs }: TokenStream): readonly Burst[] {
  const { arrivalsNs, tokenCounts } = timings;
  const bursts: { -readonly [Key in keyof Burst]: Burst[Key] }[] = [];
  arrivalsNs.forEach((atNs, chunkIndex) => {
    const last = bursts.at(-1);
    const tokensCount = tokenCounts[chunkIndex] ?? 0;
    if (last !== undefined && atNs - (arrivalsNs[chunkIndex - 1] ?? atNs) <= TOGETHER_NS) {
      last.chunksCount += 1;
      last.tokensCount += tokensCount;
    } else {
      bursts.push({ atNs, waitNs: atNs - (last?.atNs ?? sentNs), chunksCount: 1, tokensCount, chunkIndex });
    }
  });
  return bursts;
}

/** The bursts about a chunk: the one that it came in, and up to `reachCount` on each side. */
export function burstsAround(
  stream: TokenStream,
  chunkIndex: number,
  reachCount: number,
): { readonly own: Burst | undefined; readonly around: readonly Burst[] } {
  const bursts = burstsOf(stream);
  let [low, high] = [0, bursts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bursts[middle]?.chunkIndex ?? Infinity) <= chunkIndex) low = middle + 1;
    else high = middle;
  }
  const at = low - 1;
  return {
    own: bursts[at],
    around: bursts.slice(Math.max(0, at - reachCount), at + reachCount + 1),
  };
}

/** Time for a token, averaged over the whole of a stream; `undefined` for fewer than two bursts. */
export function paceNs({ timings: { arrivalsNs, tokenCounts } }: TokenStream): number | undefined {
  const [firstNs, lastNs] = [arrivalsNs[0], arrivalsNs.at(-1)];
  if (firstNs === undefined || lastNs === undefined || lastNs <= firstNs) return undefined;
  const tokens = tokenCounts.reduce((sum, count) => sum + count, 0) - (tokenCounts[0] ?? 0);
  return tokens <= 0 ? undefined : (lastNs - firstNs) / tokens;
}
