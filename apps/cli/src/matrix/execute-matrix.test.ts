import { UsageError } from '@fluidscope/errors';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { CliContext } from '../cli-context.js';
import { executeMatrix, type MatrixFlags } from './execute-matrix.js';
import { answering, MATRIX_YAML } from './testing/matrices.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fluidscope-matrix-'));
  path = join(folder, 'm.yaml');
  await writeFile(path, MATRIX_YAML);
});
afterEach(() => rm(folder, { recursive: true }));

/** Stricter SLOs and hosted engines give less; a loose one on a hosted engine fails. */
const capacityOf = (args: readonly string[]): number | undefined => {
  const [hosted, loose] = [args.includes('--url'), args.join(' ').includes('0.9@90%')];
  if (hosted && loose) return undefined;
  return loose ? 20 : hosted ? 5.25 : 12;
};

async function execute(
  search = answering(capacityOf),
  flags: MatrixFlags = {},
): Promise<{ readonly stdout: string; readonly stderr: string; readonly thrown: unknown }> {
  const [stdout, stderr] = [new Memory(), new Memory()];
  const never = new AbortController().signal;
  const context: CliContext = {
    stdin: Readable.from([]),
    stdout,
    stderr,
    env: {},
    interrupted: never,
    interruptedAgain: never,
  };
  const output = join(folder, 'out');
  const thrown: unknown = await executeMatrix(path, { output, ...flags }, { context, search }).catch(
    (reason: unknown) => reason,
  );
  return { stdout: stdout.text, stderr: stderr.text, thrown };
}

class Memory extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

it('writes table, Markdown and page of what was found, and names what failed', async () => {
  const { stdout, thrown } = await execute();
  expect(stdout).toMatch(
    /chat \(requests\/s\)\n +strict +loose\nchunked +12 \(11 to 13\) +20 \(19 to 21\)\nhosted +5\.25 \(4\.25 to 6\.25\) +failed\n/,
  );
  expect(thrown).toMatchObject({
    exitStatus: 1,
    message: expect.stringContaining('hosted / llama / chat / loose: nothing could be measured'),
  });
  expect(await readFile(join(folder, 'out', 'matrix.md'), 'utf8')).toContain(
    '| chunked | 12 (11 to 13) | 20 (19 to 21) |',
  );
  const page = await readFile(join(folder, 'out', 'matrix.html'), 'utf8');
  expect(page).toContain('<title>chunked: 12 (11 to 13)</title>');
  expect(page).toContain('nothing could be measured');
});

it('prints the same as JSON, from what was kept', async () => {
  await execute();
  const searched: string[] = [];
  const { stdout } = await execute(
    answering(() => 1, searched),
    { json: true, quiet: true },
  );
  expect(searched).toEqual([]);
  expect(JSON.parse(stdout)).toMatchObject({
    cells: [
      {
        engine: 'chunked',
        model: 'llama',
        workload: 'chat',
        slo: 'strict',
        status: 'answered',
        answer: { estimate: 12 },
      },
      { slo: 'loose', answer: { estimate: 20, low: 19, high: 21 } },
      { engine: 'hosted', status: 'answered' },
      { engine: 'hosted', status: 'failed', reason: 'nothing could be measured\nand more' },
    ],
  });
  await execute(
    answering(() => 1, searched),
    { retryFailed: true },
  );
  expect(searched).toHaveLength(1);
});

it('says that there is no such file', async () => {
  await rm(path);
  expect((await execute()).thrown).toBeInstanceOf(UsageError);
});
