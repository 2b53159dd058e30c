/**
 * The words of every answer, in turn. Each is one token by the rule that prompts are counted with; a few are not ASCII, since
 * clients must cope with those.
 */
const WORDS = (
  'the engine runs every request of its batch in one step and each step gives one token to all of them so a long prompt ' +
  'that joins the batch delays every stream at once naïve clients über graphs and 東 or Kraków 🚀 may all wait'
).split(' ');

/** The text repeats after so many tokens. */
export const ANSWER_PERIOD_TOKENS = WORDS.length;

/** The text of token `tokenIndex`: a space and a word. */
export function tokenText(tokenIndex: number): string {
  return ` ${WORDS[tokenIndex % WORDS.length] ?? ''}`;
}
