import { z } from 'zod';
import { decimalToNs } from './decimal-ns.js';
import { gapStream } from './gap-stream.js';
import type { ImportedRequest, ImportedTimings } from './imported-timings.js';
import { requireShape, wrongShape } from './wrong-shape.js';

const SECONDS = 'seconds of 0 or more';

const DOCUMENT = z.object(
  {
    ttft: z.array(z.unknown(), { error: 'a list of seconds, one a request' }),
    tbt: z.array(z.array(z.unknown(), { error: 'a list of seconds' }), {
      error: 'a list of lists of seconds, one a request',
    }),
    num_prompt_tokens: z
      .array(z.int({ error: 'a whole number of tokens' }), { error: 'a list of token counts' })
      .optional(),
    num_output_tokens: z.array(z.int({ error: 'a whole number of tokens' }), {
      error: 'a list of token counts',
    }),
  },
  { error: 'an object with ttft, tbt and num_output_tokens' },
);

type EtalonDocument = z.infer<typeof DOCUMENT>;

/**
 * Etalon's `request_level_metrics.json`: seconds, one entry a request in each list, `tbt` one gap a token after the
 * first. It keeps no send times, so every request starts at 0, and no error: a request without tokens is not scored.
 */
export function readEtalon(value: unknown): ImportedTimings {
  const document = requireShape(DOCUMENT, value, { whole: 'the document' });
  requireSameLengths(document);
  const requests = document.ttft.map((_, index) => readRequest(document, index));
  return { format: 'etalon', requests, durationNs: undefined, warnings: warningsOf(document) };
}

function readRequest(document: EtalonDocument, index: number): ImportedRequest {
  const identity = { requestId: String(index), promptTokens: document.num_prompt_tokens?.[index] };
  if (document.num_output_tokens[index] === 0) {
    return {
      ...identity,
      status: 'unscored',
      reason: 'no output token; the file does not say whether it failed',
    };
  }
  const ttftNs = requireSeconds(document.ttft[index], `ttft[${index}]`);
  const gapsNs = (document.tbt[index] ?? []).map((gap, gapIndex) =>
    requireSeconds(gap, `tbt[${index}][${gapIndex}]`),
  );
  const timings = gapStream([ttftNs, ...gapsNs]);
  if (timings === undefined) {
    throw wrongShape({
      expected: 'times that add up to less than 104 days',
      name: `tbt[${index}]`,
      received: document.tbt[index],
    });
  }
  return { ...identity, status: 'ok', timings };
}

function requireSeconds(value: unknown, name: string): number {
  const valueNs = decimalToNs(value, 's');
  if (valueNs === undefined) throw wrongShape({ expected: SECONDS, name, received: value });
  return valueNs;
}

function requireSameLengths(document: EtalonDocument): void {
  for (const name of ['tbt', 'num_output_tokens', 'num_prompt_tokens'] as const) {
    const list = document[name];
    if (list !== undefined && list.length !== document.ttft.length) {
      throw wrongShape({ expected: `${document.ttft.length} entries, as in ttft,`, name, received: list });
    }
  }
}

function warningsOf({ tbt, num_output_tokens: outputTokens }: EtalonDocument): string[] {
  const warnings: string[] = [];
  const oddCount = tbt.filter(
    (gaps, index) => outputTokens[index] !== 0 && gaps.length + 1 !== outputTokens[index],
  ).length;
  if (oddCount > 0) {
    warnings.push(
      `${oddCount} of ${tbt.length} requests have another number of gaps than num_output_tokens says; the gaps are taken as they are, one token each.`,
    );
  }
  const decoding = tbt.filter((gaps) => gaps.length > 0);
  if (decoding.length > 0 && decoding.every(([gap]) => gap === 0)) {
    warnings.push(
      'The first gap after the first token is 0 in every request: this Etalon counted a begin-of-text token that nobody received, so its streams have one deadline of slack too much.',
    );
  }
  return warnings;
}
