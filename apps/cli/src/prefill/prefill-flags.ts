import { STAMP_SOURCE_CHOICES, type LoadClientSettings, type StampSourceChoice } from '@fluidscope/harness';
import { templateText } from '@fluidscope/engine-launcher';
import { DEFAULT_LENGTHS_COUNT } from '@fluidscope/prefill';
import { loadTokenizer } from '@fluidscope/tokenizer';
import { approximateTokenCounter, type TokenCounter } from '@fluidscope/workload';
import type { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import type { CliContext } from '../cli-context.js';
import { FlagReader } from '../flag-reader.js';
import { collectProblems } from '../collect-problems.js';
import { forEngine } from '../launch/engine-address.js';
import { addLaunchFlags, readLaunch, type LaunchFlags, type LaunchPlan } from '../launch/launch-flags.js';
import { readEndpoint, type EndpointConfig } from '../run/endpoint-flags.js';
import { addEndpointFlags, type EndpointFlags } from '../run/run-flags.js';

export interface PrefillFlags extends EndpointFlags, LaunchFlags {
  readonly lengths?: string;
  readonly lengthsCount: string;
  readonly maxModelLen?: string;
  readonly requestsPerLength: string;
  readonly warmupRequests: string;
  readonly prefixCache: string;
  readonly seed: string;
  readonly tokenizer?: string;
  readonly stampSource?: string;
  readonly output?: string;
  readonly overwrite?: true;
  readonly json?: true;
  readonly quiet?: true;
}

/** A prefill measurement, read and checked. */
export interface PrefillConfig {
  readonly endpoint: EndpointConfig;
  readonly client: LoadClientSettings;
  /** The engine to start for the measurement, which is then its endpoint. */
  readonly launch: LaunchPlan | undefined;
  /** Who is measured, for the profile: the endpoint’s address, or the command that starts it, whose port is another each time. */
  readonly address: string;
  readonly stampSource: StampSourceChoice;
  /** `undefined`: chosen by the model's limit. */
  readonly lengths: readonly number[] | undefined;
  readonly lengthsCount: number;
  readonly maxModelTokens: number | undefined;
  readonly requestsPerLength: number;
  readonly warmupRequestCount: number;
  readonly prefixCache: 'defeat' | 'measure';
  readonly seed: number;
  readonly tokenCounter: TokenCounter;
  readonly path: string;
  readonly overwrite: boolean;
}

const PREFIX_CACHE_CHOICES = ['defeat', 'measure'] as const;
const DEFAULT_PATH = 'prefill.json';
const MAX_SEED = 0xffff_ffff;

export function addPrefillMeasurementFlags(command: Command): Command {
  addEndpointFlags(command);
  addLaunchFlags(command);
  return command
    .optionsGroup('Measurement:')
    .option(
      '--lengths <tokens,...>',
      'prompt lengths (default: 256 to 131072 in equal ratios, as far as the model’s limit lets)',
    )
    .option('--lengths-count <count>', 'how many lengths to choose', String(DEFAULT_LENGTHS_COUNT))
    .option(
      '--max-model-len <tokens>',
      'the model’s limit of prompt and answer (default: asked of the server, or found by what it refuses)',
    )
    .option('--requests-per-length <count>', 'requests at each length', '10')
    .option('--warmup-requests <count>', 'sent first, in no figure', '2')
    .option(
      '--prefix-cache <mode>',
      'defeat: every prompt is unlike all others; measure: each is sent twice in a row, and both curves are given',
      'defeat',
    )
    .option(
      '--seed <number>',
      'of the order of lengths; the prompts’ texts are new in every measurement',
      '0',
    )
    .option(
      '--tokenizer <path>',
      'tokenizer.json or model folder; without it lengths asked for are approximate',
    )
    .option('--stamp-source <source>', 'auto, kernel or user (default: auto, env FLUIDSCOPE_STAMP_SOURCE)')
    .optionsGroup('Output:')
    .option('-o, --output <file>', `the profile (default: ${DEFAULT_PATH}); one cut short is gone on with`)
    .option('--overwrite', 'measure anew, replacing the file')
    .option('--json', 'print the profile as JSON on stdout')
    .option('--quiet', 'no progress and no notes on stderr');
}

/** Reads flags, environment and files; throws `UsageError` with every problem at once. */
export async function loadPrefillConfig(flags: PrefillFlags, env: CliContext['env']): Promise<PrefillConfig> {
  const reader = new FlagReader();
  const launch = readLaunch(reader, flags, env);
  const endpoint = readEndpoint(reader, launch === undefined ? flags : forEngine(flags), env);
  const { ca, tokenizer: tokenizerPath } = flags;
  const caPem =
    ca === undefined ? undefined : await collectProblems(reader, '--ca', () => readFile(ca, 'utf8'));
  const tokenizer =
    tokenizerPath === undefined
      ? undefined
      : await collectProblems(reader, '--tokenizer', () => loadTokenizer(tokenizerPath));
  const seed = reader.wholeNumber('--seed', flags.seed, 0) ?? 0;
  if (seed > MAX_SEED) reader.problem('--seed', `expected at most ${MAX_SEED} but received ${seed}`);
  const config: PrefillConfig = {
    endpoint,
    launch,
    address: launch === undefined ? endpoint.url : templateText(launch.template, launch.values),
    client: {
      ...endpoint,
      baseUrl: endpoint.url,
      tls: { insecure: endpoint.insecure, ...(caPem === undefined ? {} : { caPem }) },
    },
    stampSource:
      reader.choice(
        '--stamp-source',
        flags.stampSource ?? (env['FLUIDSCOPE_STAMP_SOURCE'] || 'auto'),
        STAMP_SOURCE_CHOICES,
      ) ?? 'auto',
    lengths: readLengths(reader, flags.lengths),
    lengthsCount: reader.wholeNumber('--lengths-count', flags.lengthsCount, 3) ?? DEFAULT_LENGTHS_COUNT,
    maxModelTokens: reader.wholeNumber('--max-model-len', flags.maxModelLen, 8),
    requestsPerLength: reader.wholeNumber('--requests-per-length', flags.requestsPerLength, 1) ?? 1,
    warmupRequestCount: reader.wholeNumber('--warmup-requests', flags.warmupRequests, 0) ?? 0,
    prefixCache: reader.choice('--prefix-cache', flags.prefixCache, PREFIX_CACHE_CHOICES) ?? 'defeat',
    seed,
    tokenCounter: tokenizer ?? approximateTokenCounter(),
    path: flags.output ?? DEFAULT_PATH,
    overwrite: flags.overwrite ?? false,
  };
  reader.finish('prefill');
  return config;
}

function readLengths(reader: FlagReader, text: string | undefined): readonly number[] | undefined {
  if (text === undefined) return undefined;
  const words = text.split(',');
  const lengths = words.map((word) => reader.wholeNumber('--lengths', word.trim(), 1) ?? 1);
  const distinct = [...new Set(lengths)].sort((a, b) => a - b);
  if (distinct.length < 3)
    reader.problem('--lengths', `expected 3 or more lengths, for a curve, but received "${text}"`);
  return distinct;
}
