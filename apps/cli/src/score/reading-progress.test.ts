import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { showingProgress } from './reading-progress.js';

function shownOver(stepMs: number): { lines: string[]; shown: string } {
  const stderr = new PassThrough();
  let nowMs = 0;
  const lines = showingProgress(['ab', 'é', 'c', ''], {
    totalBytes: 9,
    stderr,
    nowMs: () => (nowMs += stepMs),
  });
  return { lines: [...lines], shown: String(stderr.read() ?? '') };
}

it('passes the lines on and shows nothing of a short reading', () => {
  expect(shownOver(100)).toEqual({ lines: ['ab', 'é', 'c', ''], shown: '' });
});

it('shows a bar by bytes once a reading is long, and clears it', () => {
  const { lines, shown } = shownOver(1_000);
  expect(lines).toHaveLength(4);
  expect(shown.split('\r\u001b[2K').slice(1)).toEqual([
    '[=============       ] reading', // 6 of 9 bytes at 3 s
    '[=================   ] reading',
    '[====================] reading',
    '',
  ]);
});
