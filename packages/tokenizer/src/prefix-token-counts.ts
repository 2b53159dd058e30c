/**
 * From the tokens of the text so far after each piece to the tokens of each piece. They are differences; where more text
 * takes tokens back (`hel` is two, `hello` one), the earlier piece is not given what the later one would have to return.
 * So no piece is negative and they sum up to the count of the whole text.
 */
export function tokensOfPieces(countsSoFar: readonly number[]): Uint32Array {
  const tokens = Uint32Array.from(countsSoFar);
  let lasting = Infinity;
  for (let index = tokens.length - 1; index >= 0; index -= 1) {
    lasting = Math.min(lasting, tokens[index] ?? 0);
    tokens[index] = lasting;
  }
  for (let index = tokens.length - 1; index > 0; index -= 1) {
    tokens[index] = (tokens[index] ?? 0) - (tokens[index - 1] ?? 0);
  }
  return tokens;
}
