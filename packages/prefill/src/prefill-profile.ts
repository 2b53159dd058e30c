import { UsageError } from '@fluidscope/errors';
import { z } from 'zod';

/** Raised when a field changes its meaning; a reader refuses a newer one. */
export const PREFILL_PROFILE_VERSION = 1;

const ns = z.number().nonnegative();
const tokens = z.number().positive();

const pointSchema = z.object({
  request_index: z.int().nonnegative(),
  length_tokens: tokens,
  prompt_tokens: tokens,
  ttft_ns: z.int().positive(),
  /** The prompt was sent before: the server may have it in its prefix cache. */
  is_repeat: z.boolean(),
});

const curveSchema = z.object({
  intercept_ns: ns,
  per_token_ns: ns,
  per_token_squared_ns: ns,
});

const intervalSchema = z.tuple([z.number(), z.number()]);

const fitSchema = z.object({
  method: z.string(),
  curve: curveSchema,
  intervals_95: z
    .object({
      intercept_ns: intervalSchema,
      per_token_ns: intervalSchema,
      per_token_squared_ns: intervalSchema,
    })
    .nullable(),
  held_at_zero: z.array(z.string()),
  shortest_tokens: tokens,
  longest_tokens: tokens,
  points_count: z.int().positive(),
  by_length: z.array(
    z.object({
      length_tokens: tokens,
      prompt_tokens: tokens,
      count: z.int().positive(),
      median_ns: ns,
      spread_ns: ns,
      predicted_ns: ns,
      residual_ratio: z.number(),
    }),
  ),
  /** Measured over predicted time. */
  spread: z.object({
    p025_ratio: ns,
    p50_ratio: ns,
    p975_ratio: ns,
    p99_ratio: ns,
    max_ratio: ns,
  }),
  outliers: z.array(
    z.object({
      request_index: z.int().nonnegative(),
      prompt_tokens: tokens,
      ttft_ns: z.int().positive(),
      predicted_ns: ns,
    }),
  ),
  lack_of_fit: z
    .object({
      p_value: z.number(),
      worst_tokens: tokens,
      worst_ratio: z.number(),
      is_beyond_chance: z.boolean(),
    })
    .nullable(),
});

const profileSchema = z.object({
  format: z.literal('fluidscope-prefill-profile'),
  version: z.literal(PREFILL_PROFILE_VERSION),
  started_at: z.string(),
  fluidscope_version: z.string(),
  machine: z.unknown(),
  /** What was measured and how: a file is gone on with by the same settings only. */
  settings: z.object({
    url: z.string(),
    endpoint_type: z.string(),
    model: z.string().nullable(),
    lengths_tokens: z.array(z.int().positive()),
    requests_per_length: z.int().positive(),
    seed: z.int().nonnegative(),
    prefix_cache: z.enum(['defeat', 'measure']),
    prompt_token_counter: z.string(),
  }),
  max_model_len: z.object({ tokens, source: z.enum(['flag', 'server', 'refusal']) }).nullable(),
  /** Whose count `prompt_tokens` is. */
  prompt_tokens_source: z.enum(['server_usage', 'client', 'mixed']).nullable(),
  stamp_source: z.enum(['kernel', 'user']),
  is_complete: z.boolean(),
  points: z.array(pointSchema),
  failures: z.array(
    z.object({
      request_index: z.int().nonnegative(),
      length_tokens: tokens,
      error_code: z.string(),
      http_status: z.int().nullable(),
      error_message: z.string().nullable(),
    }),
  ),
  /** `null` with too few lengths, and while it is being measured. */
  fit: fitSchema.nullable(),
  /** Of the repeats, where the prefix cache was measured. */
  repeat_fit: fitSchema.nullable(),
});

/** A prefill measurement as its file holds it: snake_case, times in ns. */
export type PrefillProfile = z.infer<typeof profileSchema>;
export type PrefillProfileFit = z.infer<typeof fitSchema>;
export type PrefillProfilePoint = z.infer<typeof pointSchema>;

/** Reads a profile's text. Throws `UsageError` naming `path` and every field that is not as it should be. */
export function parsePrefillProfile(text: string, path: string): PrefillProfile {
  const value = parsedJson(text);
  if (value === undefined) throw notAProfile(path, ['received text that is not JSON']);
  const { format, version } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (
    format === 'fluidscope-prefill-profile' &&
    typeof version === 'number' &&
    version > PREFILL_PROFILE_VERSION
  )
    throw new UsageError(
      [
        `Expected a prefill profile of version ${PREFILL_PROFILE_VERSION} or older for ${path} but received ${version}`,
      ],
      { code: 'prefill.newer-profile', hint: 'It was written by a newer fluidscope: update this one.' },
    );
  const parsed = profileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw notAProfile(
    path,
    parsed.error.issues.map(({ path: field, message }) => `${field.join('.') || 'the file'}: ${message}`),
  );
}

/** One point or length a line: a profile is read by people and compared by `diff`. */
export function prefillProfileText(profile: PrefillProfile): string {
  const lines = Object.entries(profile).map(([name, value]) =>
    Array.isArray(value) && value.length > 0
      ? `  ${JSON.stringify(name)}: [\n${value.map((each) => `    ${JSON.stringify(each)}`).join(',\n')}\n  ]`
      : `  ${JSON.stringify(name)}: ${indented(value)}`,
  );
  return `{\n${lines.join(',\n')}\n}\n`;
}

function indented(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replaceAll('\n', '\n  ');
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function notAProfile(path: string, problems: readonly string[]): UsageError {
  return new UsageError(
    problems.map((problem) => `Expected a prefill profile for ${path} but ${problem}`),
    { code: 'prefill.not-a-profile', hint: 'fluidscope prefill writes one.' },
  );
}
