import { durationNs, type DurationNs } from '@fluidscope/units';
import { z } from 'zod';
import { decimalToNs } from './decimal-ns.js';
import { gapStream } from './gap-stream.js';
import type { ImportedRequest, ImportedTimings, TimedRequest } from './imported-timings.js';
import { requireShape, wrongShape } from './wrong-shape.js';

const tokenCounts = z.array(z.int({ error: 'a whole number of tokens' }), {
  error: 'a list of token counts, one a request',
});

const DOCUMENT = z.object(
  {
    ttfts: z.array(z.unknown(), { error: 'a list of seconds, one a request (from --save-detailed)' }),
    itls: z.array(z.array(z.unknown(), { error: 'a list of seconds' }), {
      error: 'a list of lists of seconds, one a request (from --save-detailed)',
    }),
    input_lens: tokenCounts.optional(),
    output_lens: tokenCounts,
    errors: z.array(z.string({ error: 'a text' }), { error: 'a list of texts, one a request' }).optional(),
    duration: z.unknown().optional(),
  },
  { error: 'an object with ttfts, itls and output_lens' },
);

type VllmDocument = z.infer<typeof DOCUMENT>;

/**
 * The JSON of vLLM's serving bench with `--save-detailed`: seconds, one entry a request in each list, `itls` one gap
 * a chunk after the first. It keeps no send times, so every request starts at 0. How tokens spread over chunks is not
 * in it: each chunk counts as one token, and a warning says where `output_lens` counts otherwise.
 */
export function readVllm(value: unknown): ImportedTimings {
  const document = requireShape(DOCUMENT, value, { whole: 'the document' });
  requireSameLengths(document);
  const requests = document.ttfts.map((_, index) => readRequest(document, index));
  return {
    format: 'vllm',
    requests,
    durationNs: durationOf(document),
    warnings: spreadWarnings(document, requests),
  };
}

function readRequest(document: VllmDocument, index: number): ImportedRequest {
  const identity = { requestId: String(index), promptTokens: document.input_lens?.[index] };
  const reason = failureOf(document, index);
  if (reason !== undefined) return { ...identity, status: 'error', reason };
  const ttftNs = requireSeconds(document.ttfts[index], `ttfts[${index}]`);
  const gapsNs = (document.itls[index] ?? []).map((gap, gapIndex) =>
    requireSeconds(gap, `itls[${index}][${gapIndex}]`),
  );
  const timings = gapStream([ttftNs, ...gapsNs]);
  if (timings === undefined) {
    throw wrongShape({
      expected: 'times that add up to less than 104 days',
      name: `itls[${index}]`,
      received: document.itls[index],
    });
  }
  return { ...identity, status: 'ok', timings };
}

/** The bench marks a failure by an error text; where that is empty or absent, by no first token or no output. */
function failureOf(
  { errors, ttfts, output_lens: outputLens }: VllmDocument,
  index: number,
): string | undefined {
  const error = errors?.[index]?.trim() ?? '';
  // A traceback says what happened in its last line.
  if (error !== '') return error.split('\n').at(-1);
  if (ttfts[index] === 0) return 'no first token';
  return outputLens[index] === 0 ? 'no output token' : undefined;
}

function requireSeconds(value: unknown, name: string): number {
  const valueNs = decimalToNs(value, 's');
  if (valueNs === undefined) throw wrongShape({ expected: 'seconds of 0 or more', name, received: value });
  return valueNs;
}

function requireSameLengths(document: VllmDocument): void {
  for (const name of ['itls', 'input_lens', 'output_lens', 'errors'] as const) {
    const list = document[name];
    if (list !== undefined && list.length !== document.ttfts.length) {
      throw wrongShape({ expected: `${document.ttfts.length} entries, as in ttfts,`, name, received: list });
    }
  }
}

function durationOf({ duration }: VllmDocument): DurationNs | undefined {
  const valueNs = decimalToNs(duration, 's');
  return valueNs === undefined ? undefined : durationNs(valueNs);
}

function spreadWarnings(
  { output_lens: outputLens }: VllmDocument,
  requests: readonly ImportedRequest[],
): string[] {
  const surplusTokens = requests.map((request, index) =>
    request.status === 'ok' ? (outputLens[index] ?? 0) - chunksCount(request) : 0,
  );
  const bundledCount = surplusTokens.filter((surplus) => surplus > 0).length;
  const emptyCount = surplusTokens.filter((surplus) => surplus < 0).length;
  const warnings: string[] = [];
  if (bundledCount > 0) {
    warnings.push(
      `${bundledCount} of ${requests.length} requests got more tokens (output_lens) than chunks (itls): which chunk held how many is not in the file, so each chunk counts as one token, and token rates are too low.`,
    );
  }
  if (emptyCount > 0) {
    warnings.push(
      `${emptyCount} of ${requests.length} requests got more chunks (itls) than tokens (output_lens): the bench also times chunks without a token, such as the one with the role, so TTFT may be too short.`,
    );
  }
  return warnings;
}

function chunksCount({ timings }: TimedRequest): number {
  return timings.arrivalsNs.length;
}
