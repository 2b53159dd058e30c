import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Port: one uniform draw from [0, 1) a call. The only source of randomness in this package. */
export type Random = () => number;

/** The same seed (a 32-bit integer) gives the same draws on every machine. */
export function seededRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}
