import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** Numbers from 0 (included) to 1 (excluded) with 53 random bits, one a call. */
export type RandomSource = () => number;

const LANES: readonly number[] = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f];

/**
 * A stream of its own for each (seed, purpose, index): what one request draws does not depend on how much another
 * drew, so a shard that skips the others' requests draws the same numbers. `seed` and `index` are whole numbers from 0.
 *
 * All 128 bits of the generator's state are hashed: its own one-word seeding gives neighbouring seeds first numbers
 * that lie on a line.
 */
export function randomStreams(seed: number, purpose: string): (index: number) => RandomSource {
  const purposeWords = Array.from(purpose, (letter) => letter.charCodeAt(0));
  const lanes = LANES.map((lane) => [...wordsOf(seed), ...purposeWords].reduce(absorb, lane));
  return (index) => {
    const words = wordsOf(index);
    const generator = xoroshiro128plusFromState(lanes.map((lane) => words.reduce(absorb, lane)));
    return () => uniformFloat64(generator);
  };
}

function wordsOf(value: number): readonly [number, number] {
  return [value | 0, Math.floor(value / 2 ** 32) | 0];
}

/** The finalizer of MurmurHash3 (public domain, Austin Appleby) over hash and word: each bit moves every bit. */
function absorb(hash: number, word: number): number {
  let mixed = Math.imul(hash, 0x01000193) ^ word;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
