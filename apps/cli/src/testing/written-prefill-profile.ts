import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** 20 ms + 0.1 ms a token, measured at 100 to 1,000 tokens; written by hand, so that deadlines are exact. */
export function writtenPrefillProfile(folder: string): string {
  const points = [100, 500, 1000].flatMap((tokens, at) =>
    [0, 1, 2].map((repeat) => ({
      request_index: 3 * at + repeat,
      length_tokens: tokens,
      prompt_tokens: tokens,
      ttft_ns: 20_000_000 + 100_000 * tokens,
      is_repeat: false,
    })),
  );
  const spread = { p025_ratio: 0.9, p50_ratio: 1, p975_ratio: 1.1, p99_ratio: 1.1, max_ratio: 1.1 };
  const file = join(folder, 'by-hand.json');
  const settings = {
    url: 'http://x',
    endpoint_type: 'chat',
    model: 'm',
    lengths_tokens: [100, 500, 1000],
    requests_per_length: 3,
    seed: 0,
    prefix_cache: 'defeat',
    prompt_token_counter: 'words',
  };
  const fit = {
    method: 'by hand',
    curve: { intercept_ns: 20e6, per_token_ns: 100_000, per_token_squared_ns: 0 },
    intervals_95: null,
    held_at_zero: [],
    shortest_tokens: 100,
    longest_tokens: 1000,
    points_count: 9,
    by_length: [],
    spread,
    outliers: [],
    lack_of_fit: null,
  };
  const profile = {
    format: 'fluidscope-prefill-profile',
    version: 1,
    started_at: '2026-01-01T00:00:00Z',
    fluidscope_version: '0',
    machine: {},
    settings,
    max_model_len: null,
    prompt_tokens_source: 'server_usage',
    stamp_source: 'kernel',
    is_complete: true,
    points,
    failures: [],
    fit,
    repeat_fit: null,
  };
  writeFileSync(file, JSON.stringify(profile));
  return file;
}
