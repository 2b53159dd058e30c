/** What is wrong with a text that was to be a command. */
export interface CommandProblem {
  readonly problem: string;
}

const QUOTED = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)|(\s+)/gsy;

/**
 * The words of a command line, as a POSIX shell divides them: blanks part words, quotes and backslashes keep them together. Nothing else
 * means anything: no variable, no `;`, no `*`. So no text can become a second command.
 */
export function splitWords(text: string): readonly string[] | CommandProblem {
  const words: string[] = [];
  let word: string | undefined;
  let end = 0;
  for (const [all, single, double, escaped, plain, blank] of text.matchAll(QUOTED)) {
    end += all.length;
    if (blank === undefined) {
      word = (word ?? '') + (single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain ?? '');
    } else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (end < text.length)
    return {
      problem: `expected every quote to be closed and no backslash at the end but received "${text}"`,
    };
  return word === undefined ? words : [...words, word];
}
