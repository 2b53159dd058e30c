import type { TokenTimings } from '@fluidscope/metrics';
import { durationNs, runNs, type DurationNs } from '@fluidscope/units';
import { z } from 'zod';
import type { ImportedTimings, TimedRequest } from './imported-timings.js';
import type { NumberedRecord } from './json-text.js';
import { requireShape, wrongShape } from './wrong-shape.js';

const WHOLE_NS = 'whole nanoseconds below 2^53';

/** The chunks are checked by `packChunks`: a schema a pair costs seconds a million tokens. */
const RECORD = z.object(
  {
    request_id: z.string({ error: 'a text' }),
    send_ns: z.int({ error: WHOLE_NS }),
    prompt_tokens: z
      .int({ error: 'a whole number of tokens' })
      .nonnegative({ error: 'a whole number of tokens' })
      .nullish(),
    chunks: z.array(z.unknown(), { error: 'a list of [arrival_ns, token_count]' }),
  },
  { error: 'an object with request_id, send_ns and chunks' },
);

/** Fluidscope's own format: `{"request_id": "a", "send_ns": 0, "prompt_tokens": 512, "chunks": [[arrival_ns, tokens], …]}`. */
export function readJsonl(records: Iterable<NumberedRecord>): ImportedTimings {
  const requests: TimedRequest[] = [];
  let fileTokens = 0;
  for (const record of records) {
    const request = readRecord(record);
    fileTokens += request.timings.tokenCounts.reduce((sum, tokens) => sum + tokens, 0);
    if (fileTokens > MOST_TOKENS) throw tooManyTokens(fileTokens, record.line);
    requests.push(request);
  }
  return { format: 'jsonl', requests, durationNs: durationOf(requests), warnings: [] };
}

/** A wrong token count costs a few digits in the file but eight bytes a token once gaps are pooled: 1 GiB here. */
const MOST_TOKENS = 2 ** 27;

function tooManyTokens(fileTokens: number, line: number): Error {
  return wrongShape({
    expected: `at most ${MOST_TOKENS} tokens`,
    name: 'the file up to its chunks',
    received: fileTokens,
    line,
    hint: 'Each chunk is [arrival_ns, token_count]: are the two swapped?',
  });
}

function readRecord({ line, value }: NumberedRecord): TimedRequest {
  const record = requireShape(RECORD, value, { whole: 'the record', line });
  return {
    status: 'ok',
    requestId: record.request_id,
    promptTokens: record.prompt_tokens ?? undefined,
    timings: packChunks(record.chunks, record.send_ns, line),
  };
}

function packChunks(chunks: readonly unknown[], sendNs: number, line: number): TokenTimings {
  const arrivalsNs = new Float64Array(chunks.length);
  const tokenCounts = new Uint32Array(chunks.length);
  let previousNs = sendNs;
  chunks.forEach((chunk, index) => {
    if (!Array.isArray(chunk) || chunk.length !== 2) {
      throw wrongShape({
        expected: 'a pair [arrival_ns, token_count]',
        name: `chunks[${index}]`,
        received: chunk,
        line,
      });
    }
    const [arrivalNs, tokens] = chunk as [unknown, unknown];
    if (!isArrival(arrivalNs, sendNs, previousNs)) throw arrivalError({ arrivalNs, previousNs, index, line });
    if (!isTokenCount(tokens)) {
      throw wrongShape({
        expected: 'a whole number of tokens',
        name: `chunks[${index}][1]`,
        received: tokens,
        line,
      });
    }
    arrivalsNs[index] = arrivalNs;
    tokenCounts[index] = tokens;
    previousNs = arrivalNs;
  });
  return { startNs: runNs(sendNs), arrivalsNs, tokenCounts };
}

function isArrival(value: unknown, sendNs: number, previousNs: number): value is number {
  return (
    Number.isSafeInteger(value) &&
    (value as number) >= previousNs &&
    Number.isSafeInteger((value as number) - sendNs)
  );
}

function isTokenCount(value: unknown): value is number {
  return typeof value === 'number' && value >>> 0 === value;
}

function arrivalError(found: { arrivalNs: unknown; previousNs: number; index: number; line: number }): Error {
  const { arrivalNs, previousNs, index, line } = found;
  const previousName = index === 0 ? 'send_ns' : `chunks[${index - 1}][0]`;
  const isUnsafe = typeof arrivalNs === 'number' && arrivalNs > Number.MAX_SAFE_INTEGER;
  return wrongShape({
    expected: `${WHOLE_NS}, at or after ${previousName} (${previousNs}),`,
    name: `chunks[${index}][0]`,
    received: arrivalNs,
    line,
    ...(isUnsafe
      ? { hint: 'Subtract one origin, such as the run’s start, from all times of the file.' }
      : {}),
  });
}

/** From the first send to the last token; `undefined` without tokens. */
function durationOf(requests: readonly TimedRequest[]): DurationNs | undefined {
  let firstNs = Infinity;
  let lastNs = -Infinity;
  for (const { timings } of requests) {
    firstNs = Math.min(firstNs, timings.startNs);
    lastNs = Math.max(lastNs, timings.arrivalsNs.at(-1) ?? -Infinity);
  }
  return Number.isSafeInteger(lastNs - firstNs) ? durationNs(lastNs - firstNs) : undefined;
}
