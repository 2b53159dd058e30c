import { countOf, listOf, recordOf, textOf, wordOf, type JsonRecord } from '../json-fields.js';
import type { StreamReading } from '../stream-reading.js';
import { messagesOf, type Endpoint } from './endpoint.js';

/** The API refuses a request without `max_tokens`; this is asked for when the caller set no limit. */
const DEFAULT_MAX_TOKENS = 4_096;

/** Anthropic messages, as Anthropic, vLLM, SGLang and llama.cpp serve them. No server of it can ignore the end token. */
export const anthropicEndpoint: Endpoint = {
  path: '/v1/messages',
  framing: 'sse',
  headers: { 'anthropic-version': '2023-06-01' },
  authHeaders: (apiKey) => ({ 'x-api-key': apiKey }),
  requestBody: (request, model) => {
    const messages = messagesOf(request);
    const system = messages.filter(({ role }) => role === 'system').map(({ content }) => content);
    return {
      model,
      system: system.length === 0 ? undefined : system.join('\n\n'),
      messages: messages.filter(({ role }) => role !== 'system'),
      max_tokens: request.maxOutputTokens ?? DEFAULT_MAX_TOKENS,
      stream: true,
    };
  },
  readEvent: (event, reading) => {
    switch (event['type']) {
      case 'content_block_delta':
        readDelta(recordOf(event['delta']), reading);
        return;
      case 'content_block_start':
        readBlock(recordOf(event['content_block']), reading);
        return;
      case 'message_start': {
        const message = recordOf(event['message']);
        reading.responseId ??= wordOf(message?.['id']);
        // Its output_tokens is a placeholder of about 1, not a count of what was written.
        readPromptUsage(recordOf(message?.['usage']), reading);
        return;
      }
      case 'message_delta': {
        const usage = recordOf(event['usage']);
        readPromptUsage(usage, reading);
        reading.setOutputTokensSoFar(countOf(usage?.['output_tokens']));
        reading.finishReason = wordOf(recordOf(event['delta'])?.['stop_reason']) ?? reading.finishReason;
        return;
      }
      case 'message_stop':
        reading.ended = true;
        return;
      default: // ping, content_block_stop, and what is added later
    }
  },
  readWhole: (body, reading) => {
    if (body['type'] !== 'message' || !Array.isArray(body['content'])) return false;
    const usage = recordOf(body['usage']);
    reading.responseId ??= wordOf(body['id']);
    reading.finishReason = wordOf(body['stop_reason']);
    readPromptUsage(usage, reading);
    reading.setOutputTokensSoFar(countOf(usage?.['output_tokens']));
    for (const block of listOf(body['content'])) readBlock(recordOf(block), reading);
    return true;
  },
};

function readDelta(delta: JsonRecord | undefined, reading: StreamReading): void {
  if (delta === undefined) return;
  switch (delta['type']) {
    case 'text_delta':
      reading.piece('content', textOf(delta['text']));
      return;
    case 'thinking_delta':
      reading.piece('reasoning', textOf(delta['thinking']));
      return;
    case 'input_json_delta':
      reading.piece('tool_call', textOf(delta['partial_json']));
      return;
    default: // signature_delta, citations_delta: no token of the model's
  }
}

/** A block as it starts (mostly empty) or whole. A tool call's input starts as `{}`, which is no text yet. */
function readBlock(block: JsonRecord | undefined, reading: StreamReading): void {
  if (block === undefined) return;
  reading.piece('reasoning', textOf(block['thinking']));
  reading.piece('content', textOf(block['text']));
  const input = recordOf(block['input']);
  const inputText = input === undefined || Object.keys(input).length === 0 ? '' : JSON.stringify(input);
  if (block['type'] === 'tool_use') reading.piece('tool_call', textOf(block['name']) + inputText);
}

/** Prompt tokens that were written to or read from the cache are counted apart by the API, and are prompt tokens. */
function readPromptUsage(usage: JsonRecord | undefined, reading: StreamReading): void {
  const fresh = countOf(usage?.['input_tokens']);
  if (usage === undefined || fresh === undefined) return;
  const read = countOf(usage['cache_read_input_tokens']);
  const cached = (countOf(usage['cache_creation_input_tokens']) ?? 0) + (read ?? 0);
  reading.usageCachedTokens = read ?? reading.usageCachedTokens;
  reading.usagePromptTokens = fresh + cached;
}
