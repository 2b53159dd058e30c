import { countOf, recordOf, textOf, wordOf, type JsonRecord } from '../json-fields.js';
import type { StreamReading } from '../stream-reading.js';
import { bearer, messagesOf, type Endpoint } from './endpoint.js';
import { toolCallsText } from './openai-fields.js';

/** Ollama's own chat: JSON lines, no response id. It has no way to ignore the end token. */
export const ollamaEndpoint: Endpoint = {
  path: '/api/chat',
  framing: 'ndjson',
  headers: {},
  authHeaders: bearer,
  requestBody: (request, model) => ({
    model,
    messages: messagesOf(request),
    stream: true,
    options: { num_predict: request.maxOutputTokens },
  }),
  readEvent: readLine,
  // A server that was told not to stream answers with one line of the same shape.
  readWhole: (body, reading) => {
    if (recordOf(body['message']) === undefined) return false;
    readLine(body, reading);
    return true;
  },
};

function readLine(line: JsonRecord, reading: StreamReading): void {
  if (line['done'] === true) {
    reading.ended = true;
    reading.finishReason = wordOf(line['done_reason']);
    // Ollama leaves prompt_eval_count out when the whole prompt came from its cache: unknown, not 0.
    reading.usagePromptTokens = countOf(line['prompt_eval_count']);
    reading.setOutputTokensSoFar(countOf(line['eval_count']));
  }
  const message = recordOf(line['message']);
  if (message === undefined) return;
  reading.piece('reasoning', textOf(message['thinking']));
  reading.piece('content', textOf(message['content']));
  reading.piece('tool_call', toolCallsText(message['tool_calls']));
}
