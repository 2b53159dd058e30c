/**
 * A draw from [0, 1) that belongs to what it is for: the same keys (32-bit integers) give the same number, whatever else was drawn before.
 * So a run that is repeated with one thing removed draws the same numbers for all that is left.
 */
export function keyedDraw(seed: number, key: number, index: number): number {
  let hash = mix(0x9e3779b9, seed);
  hash = mix(hash, key);
  hash = mix(hash, index);
  return mix(hash, 0x85ebca6b) / 2 ** 32 + 0.5;
}

/** The finalizer of MurmurHash3 (public domain, Austin Appleby) over hash and word: each bit moves every bit. */
function mix(hash: number, word: number): number {
  let mixed = Math.imul(hash, 0x01000193) ^ word;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
