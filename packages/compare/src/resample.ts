import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Draws how often each request of a run stands in a resampled one. */
export type Resampler = (timesDrawn: Int32Array) => void;

/**
 * The circular block bootstrap (Politis and Romano 1992): blocks of `blockLength` requests in turn, from any place, the last one followed by
 * the first, until as many requests as there were are drawn. The same seed draws the same.
 */
export function blockResampler(count: number, blockLength: number, seed: number): Resampler {
  const generator = xoroshiro128plus(seed);
  return (timesDrawn) => {
    timesDrawn.fill(0);
    for (let drawn = 0; drawn < count; drawn += blockLength) {
      const start = uniformInt(generator, 0, count - 1);
      const length = Math.min(blockLength, count - drawn);
      for (let offset = 0; offset < length; offset += 1) {
        const at = (start + offset) % count;
        timesDrawn[at] = (timesDrawn[at] ?? 0) + 1;
      }
    }
  };
}
