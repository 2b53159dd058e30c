import { countOf, textOf, wordOf, type JsonRecord } from '../json-fields.js';
import type { StreamReading } from '../stream-reading.js';
import { bearer, textPromptOf, type Endpoint } from './endpoint.js';

/** llama.cpp's own completion: a text prompt, a running token count in every event, no response id. */
export const llamacppEndpoint: Endpoint = {
  path: '/completion',
  framing: 'sse',
  headers: {},
  authHeaders: bearer,
  requestBody: (request) => ({
    prompt: textPromptOf(request),
    n_predict: request.maxOutputTokens,
    stream: true,
    ignore_eos: request.ignoreEos ? true : undefined,
  }),
  readEvent: readFields,
  readWhole: (body, reading) => {
    if (typeof body['content'] !== 'string') return false;
    readFields(body, reading);
    return true;
  },
};

function readFields(event: JsonRecord, reading: StreamReading): void {
  reading.usagePromptTokens = countOf(event['tokens_evaluated']) ?? reading.usagePromptTokens;
  reading.setOutputTokensSoFar(countOf(event['tokens_predicted']));
  if (event['stop'] === true) {
    reading.ended = true;
    reading.finishReason = wordOf(event['stop_type']) ?? olderStopType(event);
  }
  reading.piece('content', textOf(event['content']));
}

/** Servers before `stop_type` said the same in three booleans. */
function olderStopType(event: JsonRecord): string | undefined {
  if (event['stopped_eos'] === true) return 'eos';
  if (event['stopped_word'] === true) return 'word';
  return event['stopped_limit'] === true ? 'limit' : undefined;
}
