/**
 * Port: tokens of each prefix of a text, given as its pieces: element `i` counts the tokens of
 * `pieces[0] + … + pieces[i]`, no special tokens. As long as `pieces`.
 */
export type PrefixTokenCounts = (pieces: readonly string[]) => Uint32Array | Promise<Uint32Array>;
