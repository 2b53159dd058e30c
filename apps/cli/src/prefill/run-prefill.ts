import { FluidscopeError, UsageError } from '@fluidscope/errors';
import { chooseStampSource, createLoadClient, createRunClock, describeMachine } from '@fluidscope/harness';
import {
  DEFAULT_SHORTEST_TOKENS,
  fitProfilePoints,
  PREFILL_PROFILE_VERSION,
  prefillLengths,
  prefillPlan,
  type PrefillProfile,
} from '@fluidscope/prefill';
import { seededRandom } from '@fluidscope/serving-sim';
import type { CliContext } from '../cli-context.js';
import { ProgressLine } from '../run/progress-line.js';
import { VERSION } from '../version.js';
import { measurePrefill } from './measure-prefill.js';
import { askedModelLimit, longestWithin, probedModelLimit, type ModelLimit } from './model-limit.js';
import type { PrefillConfig } from './prefill-flags.js';
import { differingSettings, readProfile, writeProfile } from './profile-file.js';
import { UniquePrompts } from './unique-prompts.js';

export interface MeasuredPrefill {
  readonly profile: PrefillProfile;
  /** For people; `undefined` where there is a curve. */
  readonly noFitBecause: string | undefined;
}

/** Measures, or goes on where the file ends, and keeps the profile in it after every request. */
export async function runPrefill(
  config: PrefillConfig,
  context: CliContext,
  isQuiet: boolean,
): Promise<MeasuredPrefill> {
  const found = config.overwrite ? undefined : await readProfile(config.path);
  if (found !== undefined) requireSameMeasurement(config, found);
  if (found?.is_complete === true) return fitted(found);
  const stamping = await chooseStampSource(config.stampSource);
  const clock = createRunClock();
  const client = createLoadClient({ client: config.client, stampSource: stamping.source, clock });
  const prompts = new UniquePrompts(config.tokenCounter);
  const progress = new PrefillProgress(context, isQuiet);
  try {
    for (const { message } of stamping.warnings) progress.note(`warning: ${message}`);
    const limit = async (): Promise<ModelLimit> =>
      knownLimit(config, () => probedModelLimit(client, prompts, context.interruptedAgain));
    const begun = found ?? begunProfile(config, stamping.source, await limit());
    if (found !== undefined)
      progress.note(`note: going on with ${config.path}: ${found.points.length} points are in it`);
    const { lengths_tokens: lengths, requests_per_length: requestsPerLength, seed } = begun.settings;
    const measured = await measurePrefill(begun, {
      client,
      prompts,
      plan: prefillPlan(lengths, requestsPerLength, seededRandom(seed)),
      warmupRequestCount: config.warmupRequestCount,
      stopSignal: context.interrupted,
      cancelSignal: context.interruptedAgain,
      keep: (profile) => writeProfile(config.path, profile),
      onProgress: (doneCount, plannedCount, lengthTokens) =>
        progress.show(doneCount, plannedCount, lengthTokens),
    });
    const result = fitted(measured);
    await writeProfile(config.path, result.profile);
    if (!measured.is_complete) throw interrupted(config.path, measured.points.length);
    return result;
  } finally {
    progress.end();
    await client.close();
  }
}

function fitted(profile: PrefillProfile): MeasuredPrefill {
  const fit = fitProfilePoints(profile.points, 'first');
  const repeatFit = fitProfilePoints(profile.points, 'repeat');
  const isCached = profile.settings.prefix_cache === 'measure';
  return {
    profile: {
      ...profile,
      fit: 'problem' in fit ? null : fit,
      repeat_fit: !isCached || 'problem' in repeatFit ? null : repeatFit,
    },
    noFitBecause: 'problem' in fit ? fit.problem : undefined,
  };
}

async function knownLimit(config: PrefillConfig, probe: () => Promise<ModelLimit>): Promise<ModelLimit> {
  const { maxModelTokens, lengths, endpoint } = config;
  if (maxModelTokens !== undefined)
    return {
      longestTokens: longestWithin(maxModelTokens),
      known: { tokens: maxModelTokens, source: 'flag' },
    };
  const asked = await askedModelLimit(endpoint);
  if (asked !== undefined)
    return { longestTokens: longestWithin(asked), known: { tokens: asked, source: 'server' } };
  // Lengths that are given are tried as they are.
  return lengths === undefined ? probe() : { longestTokens: Infinity, known: null };
}

function begunProfile(
  config: PrefillConfig,
  stampSource: PrefillProfile['stamp_source'],
  { longestTokens, known }: ModelLimit,
): PrefillProfile {
  const shortestTokens = Math.min(DEFAULT_SHORTEST_TOKENS, Math.ceil(longestTokens / 8));
  const lengths = config.lengths ?? prefillLengths(shortestTokens, longestTokens, config.lengthsCount);
  return {
    format: 'fluidscope-prefill-profile',
    version: PREFILL_PROFILE_VERSION,
    started_at: new Date().toISOString(),
    fluidscope_version: VERSION,
    machine: { ...describeMachine() },
    settings: settingsOf(config, lengths),
    max_model_len: known,
    prompt_tokens_source: null,
    stamp_source: stampSource,
    is_complete: false,
    points: [],
    failures: [],
    fit: null,
    repeat_fit: null,
  };
}

function settingsOf(config: PrefillConfig, lengths: readonly number[]): PrefillProfile['settings'] {
  const { endpoint } = config;
  return {
    url: config.address,
    endpoint_type: endpoint.endpointType,
    model: endpoint.model ?? null,
    lengths_tokens: [...lengths],
    requests_per_length: config.requestsPerLength,
    seed: config.seed,
    prefix_cache: config.prefixCache,
    prompt_token_counter: config.tokenCounter.description,
  };
}

/** A file is gone on with by what began it. Lengths that were chosen by the model's limit are the file's. */
function requireSameMeasurement(config: PrefillConfig, found: PrefillProfile): void {
  const asked = settingsOf(config, config.lengths ?? found.settings.lengths_tokens);
  const differing = differingSettings(asked, found.settings);
  if (differing.length === 0) return;
  throw new UsageError(
    differing.map(
      (each) => `--output: expected a profile of the same measurement in ${config.path}; ${each}`,
    ),
    {
      code: 'prefill.other-measurement',
      hint: 'Name another file, or add --overwrite to measure anew.',
    },
  );
}

function interrupted(path: string, pointsCount: number): FluidscopeError {
  return new FluidscopeError(`Interrupted with ${pointsCount} points measured; they are in ${path}`, {
    code: 'prefill.interrupted',
    hint: 'The same command goes on from there.',
  });
}

/** One line that renews itself on a terminal. */
class PrefillProgress {
  readonly #line: ProgressLine;

  constructor(
    private readonly context: CliContext,
    private readonly isQuiet: boolean,
  ) {
    this.#line = new ProgressLine(context.stderr);
  }

  note(text: string): void {
    if (!this.isQuiet) this.#line.tell(text);
  }

  show(doneCount: number, plannedCount: number, lengthTokens: number): void {
    const { stderr } = this.context;
    if (this.isQuiet || stderr.isTTY !== true) return;
    stderr.write(`\r\u001b[2K${doneCount} of ${plannedCount} requests, the last of ${lengthTokens} tokens`);
  }

  end(): void {
    if (!this.isQuiet && this.context.stderr.isTTY === true) this.context.stderr.write('\r\u001b[2K');
  }
}
