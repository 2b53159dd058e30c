import { listOf, recordOf, textOf, type JsonRecord } from '../json-fields.js';
import type { StreamReading } from '../stream-reading.js';
import { bearer, messagesOf, type Endpoint } from './endpoint.js';
import { functionCallText, readFinishReason, readOpenAiEnvelope, toolCallsText } from './openai-fields.js';

/** OpenAI chat completions, as vLLM, SGLang, llama.cpp, TGI, Ollama and OpenAI serve them. */
export const chatEndpoint: Endpoint = {
  path: '/v1/chat/completions',
  framing: 'sse',
  headers: {},
  authHeaders: bearer,
  requestBody: (request, model) => ({
    model,
    messages: messagesOf(request),
    max_tokens: request.maxOutputTokens,
    stream: true,
    stream_options: { include_usage: true },
    ignore_eos: request.ignoreEos ? true : undefined,
  }),
  readEvent: (event, reading) => {
    readOpenAiEnvelope(event, reading);
    for (const item of listOf(event['choices'])) {
      const choice = recordOf(item);
      if (choice === undefined) continue;
      readFinishReason(choice, reading);
      readMessage(recordOf(choice['delta']), reading);
    }
  },
  readWhole: (body, reading) => {
    const choices = listOf(body['choices']);
    if (choices.length === 0) return false;
    readOpenAiEnvelope(body, reading);
    for (const item of choices) {
      const choice = recordOf(item);
      const message = recordOf(choice?.['message']);
      if (choice === undefined || message === undefined) return false;
      readFinishReason(choice, reading);
      readMessage(message, reading);
    }
    return true;
  },
};

/** A delta or a whole message. `reasoning` is vLLM's newer name; a server that sends both repeats itself. */
function readMessage(message: JsonRecord | undefined, reading: StreamReading): void {
  if (message === undefined) return;
  reading.piece('reasoning', textOf(message['reasoning_content']) || textOf(message['reasoning']));
  reading.piece('content', textOf(message['content']));
  reading.piece('content', textOf(message['refusal']));
  if (message['tool_calls'] !== undefined) reading.piece('tool_call', toolCallsText(message['tool_calls']));
  if (message['function_call'] !== undefined) {
    reading.piece('tool_call', functionCallText(message['function_call']));
  }
}
