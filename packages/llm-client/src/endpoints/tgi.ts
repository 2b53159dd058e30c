import { countOf, recordOf, textOf, wordOf, type JsonRecord } from '../json-fields.js';
import type { StreamReading } from '../stream-reading.js';
import { bearer, textPromptOf, type Endpoint } from './endpoint.js';

/** Text Generation Inference's own `generate_stream`: one token an event; it has no way to ignore the end token. */
export const tgiEndpoint: Endpoint = {
  path: '/generate_stream',
  framing: 'sse',
  headers: {},
  authHeaders: bearer,
  requestBody: (request) => ({
    inputs: textPromptOf(request),
    parameters: { max_new_tokens: request.maxOutputTokens, details: true },
  }),
  readEvent: (event, reading) => {
    readDetails(recordOf(event['details']), reading);
    const token = recordOf(event['token']);
    // A special token (the end of text) is not part of the text that the server says it generated.
    if (token?.['special'] !== true) reading.piece('content', textOf(token?.['text']));
    if (typeof event['generated_text'] === 'string') reading.ended = true;
  },
  readWhole: (body, reading) => {
    if (typeof body['generated_text'] !== 'string') return false;
    readDetails(recordOf(body['details']), reading);
    reading.piece('content', body['generated_text']);
    return true;
  },
};

function readDetails(details: JsonRecord | undefined, reading: StreamReading): void {
  if (details === undefined) return;
  reading.finishReason = wordOf(details['finish_reason']);
  reading.usagePromptTokens = countOf(details['input_length']);
  reading.setOutputTokensSoFar(countOf(details['generated_tokens']));
}
