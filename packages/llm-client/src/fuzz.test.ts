import { expect, it } from 'vitest';
import { fuzzStreams } from '../fuzz/stream-fuzz.mjs';
import { goldens, readStream } from './testing/read-stream.js';

/** `fuzz/fuzz-parser.mjs` runs the same for millions. */
it(
  'reads 100,000 recut and mutated streams without a crash, the same however they are cut',
  { timeout: 120_000 },
  () => {
    const counts = fuzzStreams({ readStream, goldens: goldens() }, { seed: 1, first: 0, count: 100_000 });
    expect(counts).toMatchObject({ recut: 50_000, mutated: 50_000 });
    // A fuzz whose streams all break at the first byte, or none, would try little.
    expect(counts.withProblem / counts.mutated).toBeGreaterThan(0.3);
    expect(counts.withProblem / counts.mutated).toBeLessThan(0.98);
  },
);
