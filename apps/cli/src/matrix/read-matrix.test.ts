import { UsageError } from '@fluidscope/errors';
import { expect, it } from 'vitest';
import { cellArgs, cellName, matrixCells } from './matrix-cells.js';
import { prepareCells } from './prepare-cells.js';
import { readMatrix } from './read-matrix.js';
import { answering, MATRIX_YAML } from './testing/matrices.js';

async function problemsOf(act: () => unknown): Promise<readonly string[]> {
  try {
    await act();
  } catch (thrown) {
    if (thrown instanceof UsageError) return thrown.problems;
    throw thrown;
  }
  return [];
}

it('makes every combination a cell, with the flags of all its entries', () => {
  const cells = matrixCells(readMatrix(MATRIX_YAML, 'm.yaml').matrix);
  expect(cells.map(cellName)).toEqual([
    'chunked / llama / chat / strict',
    'chunked / llama / chat / loose',
    'hosted / llama / chat / strict',
    'hosted / llama / chat / loose',
  ]);
  expect(cells[0] && cellArgs(cells[0])).toEqual([
    ...['--launch', 'sim', '--launch-args', '--policy chunked', '--model', 'llama'],
    ...['--isl', '512', '--osl', '128', '--slo', 'fluidity>=0.99@99%'],
  ]);
  expect(cells[2] && cellArgs(cells[2]).slice(0, 2)).toEqual(['--url', 'http://127.0.0.1:9']);
  expect(new Set(cells.map(({ key }) => key)).size).toBe(4);
});

it('lets a workload’s flags go before a model’s, an engine’s and those of the search', () => {
  const text = `engines: [{ name: e, url: "http://h", osl: 2, env: 1 }]
models: [{ name: m, path: /x, osl: 3, tokenizer: t }]
workloads: [{ name: w, osl: 4, ignore-eos: true }]
slos: [{ name: s, slo: x }]
search: { osl: 1, precision: 5% }
`;
  const [cell] = matrixCells(readMatrix(text, 'm.yaml').matrix);
  expect(cell && cellArgs(cell)).toEqual([
    ...['--osl', '4', '--precision', '5%', '--url', 'http://h', '--env', '1', '--model', 'm'],
    ...['--tokenizer', 't', '--ignore-eos', '--slo', 'x'],
  ]);
});

it('gives an engine that is started the model’s path and its variables', () => {
  const text = MATRIX_YAML.replace(
    'models: [llama]',
    'models: [{ name: llama, path: /models/llama.gguf }]',
  ).replace('launch: sim', 'launch: sim\n    env: { CUDA_VISIBLE_DEVICES: "0,1", N: 2 }');
  const [cell] = matrixCells(readMatrix(text, 'm.yaml').matrix);
  const args = cell === undefined ? [] : cellArgs(cell);
  expect(args.join(' ')).toContain('--launch-model /models/llama.gguf');
  expect(args.slice(-4)).toEqual(['--launch-env', 'CUDA_VISIBLE_DEVICES=0,1', '--launch-env', 'N=2']);
});

it('names every problem of the form at once, each with its line', async () => {
  const text = `engines:
  - name: a
  - name: b
    launch: sim
    args: [1]
models: []
workloads:
  - name: "?"
  - name: w
    isl: { min: 1 }
slos:
  - name: s
    slo: x
    extra: 1
serach: {}
`;
  const problems = await problemsOf(() => readMatrix(text, 'm.yaml'));
  const lines = problems.map((problem) => Number(/^m\.yaml:(\d+): Expected/.exec(problem)?.[1]));
  expect(new Set(lines)).toEqual(new Set([2, 3, 6, 8, 10, 14, 15]));
  expect(problems.join('\n')).toMatch(/launch \(a command or an engine\) or url/);
});

it('names the line of YAML that is none, and names that come twice', async () => {
  expect(await problemsOf(() => readMatrix('engines:\n  - {name: a', 'm.yaml'))).toEqual([
    expect.stringMatching(/^m\.yaml:\d+: Expected YAML/),
  ]);
  const twice = MATRIX_YAML.replace('name: loose', 'name: strict');
  expect(await problemsOf(() => readMatrix(twice, 'm.yaml'))).toEqual([
    'm.yaml:16: Expected a name of its own for slos.1 but received "strict" again',
  ]);
});

it('names wrong flags once, in the line that has them, before anything is started', async () => {
  const text = MATRIX_YAML.replace('isl: 512', 'wrong: true\n    url: http://elsewhere');
  const { matrix, placeOf } = readMatrix(text, 'm.yaml');
  const problems = await problemsOf(() =>
    prepareCells(matrixCells(matrix), { placeOf, search: answering(() => 1), env: {} }),
  );
  expect(problems).toEqual([
    'm.yaml:12: Expected no url for workloads.0: the matrix itself says it',
    'm.yaml:11: --wrong: expected no such flag',
  ]);
});
