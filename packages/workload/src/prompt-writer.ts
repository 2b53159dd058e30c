import { COMMON_WORDS } from './common-words.js';
import type { TokenCounter } from './plan.js';
import type { RandomSource } from './random-stream.js';

/** A word before each measured one, so that its cost is that of the middle of a text. */
const CONTEXT = 'the';
/** Fewer words of one token than this would make texts alike: then words of any cost are taken. */
const MIN_POOL_COUNT = 64;
/** One pass is enough for a tokenizer that splits at spaces; others get closer by a few tokens a pass. */
const MAX_PASSES_COUNT = 8;

/** Writes texts of a stated number of tokens. */
export interface PromptWriter {
  /**
   * Text that adds `lengthTokens` (at least 1) to `before`, which it is to be appended to. Deterministic: equal source,
   * length and `before` are equal text. Exact wherever the tokenizer has pieces to make the length of (the counter
   * counts the final text); otherwise the nearest that was found.
   */
  write(source: RandomSource, lengthTokens: number, before?: string): string;
}

interface Piece {
  readonly text: string;
  readonly costTokens: number;
}

interface Pieces {
  /** Words with their space. */
  readonly words: readonly Piece[];
  /** Words without a space: they may begin a text. */
  readonly openers: readonly Piece[];
  /** Pieces of exactly one token: they bring a text to its length. Empty where the tokenizer has none. */
  readonly fillers: readonly Piece[];
}

/** Measures every word once with the counter, at the first call of `write`. */
export function createPromptWriter(counter: TokenCounter): PromptWriter {
  let pieces: Pieces | undefined;
  return {
    write(source, lengthTokens, before = '') {
      pieces ??= measurePieces(counter);
      return writeText({ counter, pieces, source, lengthTokens, before });
    },
  };
}

function measurePieces(counter: TokenCounter): Pieces {
  const contextTokens = counter.countTokens(CONTEXT);
  const following = (text: string): Piece => ({
    text,
    costTokens: counter.countTokens(CONTEXT + text) - contextTokens,
  });
  const opening = (text: string): Piece => ({ text, costTokens: counter.countTokens(text) });
  const ofOneToken = ({ costTokens }: Piece): boolean => costTokens === 1;
  const words = COMMON_WORDS.map((word) => following(` ${word}`));
  const openers = COMMON_WORDS.map(opening);
  const wordsOfOne = words.filter(ofOneToken);
  const openersOfOne = openers.filter(ofOneToken);
  return {
    words: wordsOfOne.length < MIN_POOL_COUNT ? words : wordsOfOne,
    openers: openersOfOne.length < MIN_POOL_COUNT ? openers : openersOfOne,
    fillers: wordsOfOne.length > 0 ? wordsOfOne : Array.from(SIGNS, following).filter(ofOneToken),
  };
}

/** What is left to fill with when no word is one token: signs set behind a word. */
const SIGNS = 'abcdefghijklmnopqrstuvwxyz.,;:!?-';

interface Writing {
  readonly counter: TokenCounter;
  readonly pieces: Pieces;
  readonly source: RandomSource;
  readonly lengthTokens: number;
  readonly before: string;
}

function writeText(writing: Writing): string {
  const { counter, lengthTokens, before } = writing;
  const beforeTokens = before === '' ? 0 : counter.countTokens(before);
  const text: Piece[] = [];
  let missingTokens = lengthTokens;
  let best = { text: '', missingTokens: Infinity };
  for (let pass = 0; pass < MAX_PASSES_COUNT && missingTokens !== 0; pass += 1) {
    extend(text, missingTokens, writing);
    const written = text.map((piece) => piece.text).join('');
    missingTokens = lengthTokens - (counter.countTokens(before + written) - beforeTokens);
    if (Math.abs(missingTokens) < Math.abs(best.missingTokens)) best = { text: written, missingTokens };
  }
  return best.text;
}

/** Brings the pieces to `missingTokens` more (or less) by their costs, as far as there are pieces that fit. */
function extend(text: Piece[], missingTokens: number, { pieces, source, before }: Writing): void {
  let openTokens = missingTokens;
  while (openTokens < 0 && text.length > 0) openTokens += text.pop()?.costTokens ?? 0;
  while (openTokens > 0) {
    const word = pick(text.length === 0 && before === '' ? pieces.openers : pieces.words, source);
    const fits = word !== undefined && word.costTokens <= openTokens;
    const piece = fits ? word : pick(pieces.fillers, source);
    if (piece === undefined) break;
    text.push(piece);
    openTokens -= piece.costTokens;
  }
}

function pick(pool: readonly Piece[], source: RandomSource): Piece | undefined {
  return pool[Math.floor(source() * pool.length)];
}
