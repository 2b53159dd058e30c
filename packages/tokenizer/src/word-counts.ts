/** Counts the tokens of one text as a whole. */
export type CountWhole = (text: string) => number;

/** A letter, for what follows a cut: cuts lie behind letters, so this stands for all that came before. */
const BEFORE_CUT = 'a';
const LETTER = /\p{L}/u;
const MAX_REMEMBERED_COUNT = 100_000;
const MAX_REMEMBERED_LETTERS = 64;

/**
 * Counts by parts: a text is cut between every letter and the space after it, and what follows a cut is counted once and
 * remembered. Equal to counting the whole wherever `hasWordCuts` holds, and not to be used where it does not.
 */
export class WordCounts {
  readonly #countWhole: CountWhole;
  readonly #beforeTokens: number;
  readonly #remembered = new Map<string, number>();

  constructor(countWhole: CountWhole) {
    this.#countWhole = countWhole;
    this.#beforeTokens = countWhole(BEFORE_CUT);
  }

  countTokens(text: string): number {
    let start = 0;
    let sumTokens = 0;
    for (let cut = nextCut(text, 1); cut !== -1; cut = nextCut(text, cut + 1)) {
      sumTokens += this.#countPart(text.slice(start, cut), start === 0);
      start = cut;
    }
    return sumTokens + this.#countPart(text.slice(start), start === 0);
  }

  /** Tokens of the text so far after each piece: only the part behind the last cut is counted again. */
  countsSoFar(pieces: readonly string[]): number[] {
    let text = '';
    let start = 0;
    let sumTokens = 0;
    return pieces.map((piece) => {
      const from = Math.max(1, text.length);
      text += piece;
      for (let cut = nextCut(text, from); cut !== -1; cut = nextCut(text, cut + 1)) {
        sumTokens += this.#countPart(text.slice(start, cut), start === 0);
        start = cut;
      }
      return sumTokens + this.#countPart(text.slice(start), start === 0);
    });
  }

  #countPart(part: string, beginsText: boolean): number {
    if (beginsText) return this.#countWhole(part);
    const remembered = this.#remembered.get(part);
    if (remembered !== undefined) return remembered;
    const tokens = this.#countWhole(BEFORE_CUT + part) - this.#beforeTokens;
    if (part.length <= MAX_REMEMBERED_LETTERS) this.#remember(part, tokens);
    return tokens;
  }

  #remember(part: string, tokens: number): void {
    if (this.#remembered.size >= MAX_REMEMBERED_COUNT) this.#remembered.clear();
    this.#remembered.set(part, tokens);
  }
}

/** The next space from `from` on that follows a letter, or -1. Letters outside the basic plane are not looked for. */
function nextCut(text: string, from: number): number {
  let space = text.indexOf(' ', from);
  while (space !== -1 && !LETTER.test(text.charAt(space - 1))) space = text.indexOf(' ', space + 1);
  return space;
}
