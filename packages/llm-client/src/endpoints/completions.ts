import { listOf, recordOf, textOf, type JsonRecord } from '../json-fields.js';
import type { StreamReading } from '../stream-reading.js';
import { bearer, textPromptOf, type Endpoint } from './endpoint.js';
import { readFinishReason, readOpenAiEnvelope } from './openai-fields.js';

/** OpenAI legacy completions: a text prompt, no template. */
export const completionsEndpoint: Endpoint = {
  path: '/v1/completions',
  framing: 'sse',
  headers: {},
  authHeaders: bearer,
  requestBody: (request, model) => ({
    model,
    prompt: textPromptOf(request),
    max_tokens: request.maxOutputTokens,
    stream: true,
    stream_options: { include_usage: true },
    ignore_eos: request.ignoreEos ? true : undefined,
  }),
  readEvent: (event, reading) => {
    readOpenAiEnvelope(event, reading);
    readChoices(event, reading);
  },
  readWhole: (body, reading) => {
    if (listOf(body['choices']).length === 0) return false;
    readOpenAiEnvelope(body, reading);
    readChoices(body, reading);
    return true;
  },
};

function readChoices(event: JsonRecord, reading: StreamReading): void {
  for (const item of listOf(event['choices'])) {
    const choice = recordOf(item);
    if (choice === undefined) continue;
    readFinishReason(choice, reading);
    reading.piece('content', textOf(choice['text']));
  }
}
