import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { working } from './working-line.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Works for `tookMs` of fake time and gives what was written meanwhile. */
async function writtenIn(tookMs: number, { isTTY = true, isQuiet = false } = {}): Promise<string> {
  const stderr = Object.assign(new PassThrough(), { isTTY });
  const work = working('Counting', () => new Promise((resolve) => setTimeout(resolve, tookMs, 7)), {
    stderr,
    isQuiet,
  });
  await vi.advanceTimersByTimeAsync(tookMs);
  expect(await work).toBe(7);
  return String(stderr.read() ?? '');
}

it('says what takes over two seconds, and leaves an empty line', async () => {
  expect(await writtenIn(1_900)).toBe('');
  expect(await writtenIn(3_100)).toMatch(/^\r\u001b\[2KCounting … 2 s[^]*Counting … 3 s\r\u001b\[2K$/);
});

it('says nothing where nobody looks', async () => {
  expect(await writtenIn(9_000, { isTTY: false })).toBe('');
  expect(await writtenIn(9_000, { isQuiet: true })).toBe('');
});
