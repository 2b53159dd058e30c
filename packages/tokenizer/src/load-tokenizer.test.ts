import { UsageError } from '@fluidscope/errors';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadTokenizer } from './load-tokenizer.js';
import { TINY_BYTE_LEVEL } from './testing/tiny-tokenizers.js';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fluidscope-tokenizer-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function model(name: string, files: Readonly<Record<string, unknown>>): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  for (const [file, content] of Object.entries(files)) {
    await writeFile(join(path, file), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return path;
}

async function refusal(path: string): Promise<UsageError> {
  const error: unknown = await loadTokenizer(path).catch((thrown: unknown) => thrown);
  if (error instanceof UsageError) return error;
  throw new Error(`Expected a UsageError but received ${String(error)}`);
}

it('loads a model folder, and the file in it, under the name of the folder and a hash', async () => {
  const path = await model('tiny-model', {
    'tokenizer.json': TINY_BYTE_LEVEL,
    'tokenizer_config.json': { tokenizer_class: 'PreTrainedTokenizerFast' },
  });
  const fromFolder = await loadTokenizer(path);
  const fromFile = await loadTokenizer(join(path, 'tokenizer.json'));
  expect(fromFolder.source).toBe('tokenizer');
  expect(fromFolder.description).toMatch(/^tiny-model\/tokenizer\.json \(sha256 [0-9a-f]{12}\)$/);
  expect(fromFile.description).toBe(fromFolder.description);
  expect(fromFile.countTokens('hello world')).toBe(2);
});

it('needs no configuration', async () => {
  const path = await model('bare', { 'tokenizer.json': TINY_BYTE_LEVEL });
  expect((await loadTokenizer(path)).countTokens('hello world')).toBe(2);
});

it('uses the configuration', async () => {
  const path = await model('squeezed', {
    'tokenizer.json': TINY_BYTE_LEVEL,
    'tokenizer_config.json': { remove_space: true },
  });
  expect((await loadTokenizer(path)).countTokens('  hello   world ')).toBe(2);
});

it.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
  ['a folder without one', {}, /to hold a tokenizer\.json but received none/],
  [
    'text',
    { 'tokenizer.json': 'sentencepiece' },
    /Expected JSON in .+tokenizer\.json but received something else/,
  ],
  ['a list', { 'tokenizer.json': [1] }, /Expected a JSON object in .+tokenizer\.json but received \[1\]/],
  ['an object of another kind', { 'tokenizer.json': { a: 1 } }, /must contain a "model" property/],
  [
    'an unknown model',
    { 'tokenizer.json': { ...TINY_BYTE_LEVEL, model: { type: 'Transducer' } } },
    /Unknown TokenizerModel type: Transducer/,
  ],
  [
    'an unknown step',
    { 'tokenizer.json': { ...TINY_BYTE_LEVEL, pre_tokenizer: { type: 'UnicodeScripts' } } },
    /Unknown PreTokenizer type: UnicodeScripts/,
  ],
  [
    'a step that would be carried out otherwise',
    {
      'tokenizer.json': {
        ...TINY_BYTE_LEVEL,
        pre_tokenizer: { type: 'Split', pattern: { String: 'x' }, behavior: 'MergedWithNext', invert: false },
      },
    },
    /received pre_tokenizer Split with behavior MergedWithNext/,
  ],
  [
    'a broken configuration',
    { 'tokenizer.json': TINY_BYTE_LEVEL, 'tokenizer_config.json': '{' },
    /Expected JSON in .+tokenizer_config\.json/,
  ],
])('refuses %s', async (name, files, message) => {
  const error = await refusal(await model(name, files));
  expect(error.message).toMatch(message);
  expect(error.message).toContain(folder);
  expect(error.hint).toContain('tokenizer.json');
});

it('refuses a path that is not there', async () => {
  expect((await refusal(join(folder, 'absent'))).message).toMatch(
    /Expected a tokenizer at .+absent but received none/,
  );
});
