import type { TimingFormat } from './imported-timings.js';

/** The fields that tell each format's first record from the others'. */
const SIGNS: readonly (readonly [TimingFormat, readonly string[]])[] = [
  ['jsonl', ['request_id', 'chunks']],
  ['aiperf', ['metadata', 'metrics']],
  ['vllm', ['ttfts', 'itls']],
  ['etalon', ['ttft', 'tbt']],
];

/** Other files of the same tools, which people reach for first. */
const RELATIVES: readonly (readonly [fields: readonly string[], hint: string])[] = [
  [
    ['mean_ttft_ms'],
    'vLLM’s bench leaves single requests out of its result unless it runs with --save-detailed.',
  ],
  [['input_config'], 'AIPerf’s summary holds no single requests: use profile_export.jsonl of the same run.'],
  [
    ['metadata', 'start_perf_ns'],
    'AIPerf’s raw export holds no times of tokens: use profile_export.jsonl of the same run.',
  ],
];

/** The format that a file's first JSON value belongs to. */
export function recogniseFormat(value: unknown): TimingFormat | undefined {
  return SIGNS.find(([, fields]) => hasFields(value, fields))?.[0];
}

/** What to do with a value of no known format, where its origin can be told. */
export function relativeHint(value: unknown): string | undefined {
  return RELATIVES.find(([fields]) => hasFields(value, fields))?.[1];
}

function hasFields(value: unknown, fields: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && fields.every((field) => Object.hasOwn(value, field));
}
