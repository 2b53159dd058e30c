import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cleanLines, lastLogLines } from './engine-log.js';

it('keeps what a terminal would show, without anything that would move its cursor', () => {
  const text =
    '\u001b[1;31mred\u001b[0m\u0007\n10 %\r 20 %\r 30 %\n\u001b]0;title\u0007x\u009b2J\u202Ey\n\n\n';
  expect(cleanLines(text)).toEqual(['red', ' 30 %', 'x2Jy']);
});

it('cuts a line that nobody would read', () => {
  const [line] = cleanLines('x'.repeat(100_000));
  expect(line).toHaveLength(406);
});

it('reads the end alone of a large file, and nothing of one that is not there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fluidscope-log-'));
  const path = join(folder, 'x.log');
  expect(await lastLogLines(path, 3)).toEqual([]);
  await writeFile(path, `${'much\n'.repeat(1_000_000)}last but one\nlast\n`);
  expect(await lastLogLines(path, 2)).toEqual(['last but one', 'last']);
  await rm(folder, { recursive: true });
});
