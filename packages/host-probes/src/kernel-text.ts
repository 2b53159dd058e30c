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

/** Lines of `name value`, or of `name: value kB`: calls back with each that holds a counter. */
export function eachNamedCounter(text: string, found: (name: string, value: number) => void): void {
  for (const line of text.split('\n')) {
    const [name, word] = wordsOf(line);
    const value = counterOf(word);
    if (name !== undefined && value !== undefined)
      found(name.endsWith(':') ? name.slice(0, -1) : name, value);
  }
}
