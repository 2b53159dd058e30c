const BLANKS = /[ \t]+/;
const DIGITS = /^\d{1,20}$/;

/** The words of a line; none for an empty one. */
export function wordsOf(line: string): readonly string[] {
  const trimmed = line.trim();
  return trimmed === '' ? [] : trimmed.split(BLANKS);
}

/** A counter as the kernel prints it (decimal digits, up to 64 bits), or `undefined` for anything else. */
export function counterOf(word: string | undefined): number | undefined {
  return word !== undefined && DIGITS.test(word) ? Number(word) : undefined;
}

/**
 * Lines of `name value`, or of `name: value kB`: calls back with each wanted name that holds a counter. Such files have up to two
 * hundred lines of which a few are wanted, so only those are taken apart.
 */
export function eachNamedCounter<T>(
  text: string,
  wanted: ReadonlyMap<string, T>,
  found: (meaning: T, value: number) => void,
): void {
  for (const line of text.split('\n')) {
    const meaning = wanted.get(line.slice(0, nameEndIndex(line)));
    if (meaning === undefined) continue;
    const value = counterOf(wordsOf(line)[1]);
    if (value !== undefined) found(meaning, value);
  }
}

function nameEndIndex(line: string): number {
  for (let atIndex = 0; atIndex < line.length; atIndex++) {
    const char = line[atIndex];
    if (char === ' ' || char === ':' || char === '\t') return atIndex;
  }
  return line.length;
}
