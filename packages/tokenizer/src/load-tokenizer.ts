import { messageOf, UsageError } from '@fluidscope/errors';
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { createLocalTokenizer, type LocalTokenizer } from './local-tokenizer.js';
import { unsupportedSteps } from './unsupported-steps.js';

const TOKENIZER_FILE = 'tokenizer.json';
const CONFIG_FILE = 'tokenizer_config.json';
const HINT = 'Give a tokenizer.json, or the folder of a model that holds one.';

/**
 * Loads a tokenizer from a `tokenizer.json`, or from the folder of a model that holds one; a `tokenizer_config.json` beside
 * it is used too. Nothing is ever fetched. Throws a `UsageError` for a path, a file or a tokenizer that cannot be used.
 */
export async function loadTokenizer(path: string): Promise<LocalTokenizer> {
  const tokenizerPath = await findTokenizer(path);
  const text = await readFile(tokenizerPath, 'utf8');
  const tokenizer = parseObject(text, tokenizerPath);
  const configPath = join(dirname(tokenizerPath), CONFIG_FILE);
  const config = parseObject(await readIfPresent(configPath), configPath);
  return build(tokenizer, config, { path: tokenizerPath, description: describe(tokenizerPath, text) });
}

async function findTokenizer(path: string): Promise<string> {
  const found = await stat(path).catch((error: unknown) => {
    throw usageError(`Expected a tokenizer at ${path} but received none (${messageOf(error)})`, error);
  });
  if (!found.isDirectory()) return path;
  const inFolder = join(path, TOKENIZER_FILE);
  await stat(inFolder).catch((error: unknown) => {
    throw usageError(
      `Expected the folder ${path} to hold a ${TOKENIZER_FILE} but received none (${messageOf(error)})`,
      error,
    );
  });
  return inFolder;
}

async function readIfPresent(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '{}';
    throw error;
  }
}

function parseObject(text: string, path: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw usageError(`Expected JSON in ${path} but received something else (${messageOf(error)})`, error);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw usageError(`Expected a JSON object in ${path} but received ${text.slice(0, 40)}`);
}

interface Origin {
  readonly path: string;
  readonly description: string;
}

function build(tokenizer: object, config: object, { path, description }: Origin): LocalTokenizer {
  const unsupported = unsupportedSteps(tokenizer);
  if (unsupported.length > 0) {
    throw usageError(
      `Expected a tokenizer of supported steps in ${path} but received ${unsupported.join(' and ')}`,
    );
  }
  try {
    const built = createLocalTokenizer(tokenizer, config, description);
    // Some content is refused at the first text only.
    built.countTokens('Is it a tokenizer?');
    return built;
  } catch (error) {
    throw usageError(
      `Expected a supported tokenizer in ${path} but received one that cannot be built: ${messageOf(error)}`,
      error,
    );
  }
}

/** The model's folder as its name, and enough of the hash to tell two tokenizers of one name apart. */
function describe(path: string, text: string): string {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return `${basename(dirname(resolve(path)))}/${basename(path)} (sha256 ${hash})`;
}

function usageError(problem: string, cause?: unknown): UsageError {
  return new UsageError([problem], { code: 'tokenizer.unusable', hint: HINT, cause });
}
