import { expect, it } from 'vitest';
import { Decompressor } from './decompressor.js';
import type { StreamProblem } from './stream-problem.js';

it('gives up on a body that comes faster than it can be read, rather than keep it all', () => {
  const problems: (StreamProblem | undefined)[] = [];
  const decompressor = new Decompressor('gzip', {
    onPlain: () => undefined,
    onPlainEnd: (problem) => problems.push(problem),
  });
  const mebibyte = Buffer.alloc(1_024 * 1_024);
  for (let count = 0; count < 70; count += 1)
    decompressor.push(mebibyte, { arrivalNs: count, errorNs: 0, source: 'user' });
  decompressor.end();
  expect(problems).toMatchObject([{ code: 'protocol' }]);
});
