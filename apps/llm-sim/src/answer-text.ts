/** The words of every answer, in turn. One word is one token; a few are not ASCII, since clients must cope with those. */
const WORDS = (
  'the engine runs every request of its batch in one step and each step gives one token to all of them so a long prompt ' +
  'that joins the batch delays every stream at once naïve clients über-optimistic graphs and 東京 or Kraków 🚀 may all wait'
).split(' ');

/** The text of token `tokenIndex`: joined they read as words with single spaces, as many as there are tokens. */
export function tokenText(tokenIndex: number): string {
  const word = WORDS[tokenIndex % WORDS.length] ?? '';
  return tokenIndex === 0 ? word : ` ${word}`;
}
