import { countOf, listOf, recordOf, textOf, wordOf, type JsonRecord } from '../json-fields.js';
import { StreamProblem } from '../stream-problem.js';
import type { StreamReading } from '../stream-reading.js';
import { bearer, type Endpoint } from './endpoint.js';

/** OpenAI responses. Every event names its own `type`. */
export const responsesEndpoint: Endpoint = {
  path: '/v1/responses',
  framing: 'sse',
  headers: {},
  authHeaders: bearer,
  requestBody: (request, model) => ({
    model,
    input: request.prompt.kind === 'text' ? request.prompt.text : request.prompt.messages,
    max_output_tokens: request.maxOutputTokens,
    stream: true,
    ignore_eos: request.ignoreEos ? true : undefined,
  }),
  readEvent: (event, reading) => {
    switch (event['type']) {
      case 'response.output_text.delta':
      case 'response.refusal.delta':
        reading.piece('content', textOf(event['delta']));
        return;
      case 'response.reasoning_text.delta':
      case 'response.reasoning_summary_text.delta':
        reading.piece('reasoning', textOf(event['delta']));
        return;
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
      case 'response.mcp_call_arguments.delta':
        reading.piece('tool_call', textOf(event['delta']));
        return;
      case 'response.output_item.added':
        reading.piece('tool_call', calledName(event['item']));
        return;
      default:
        readState(event, reading);
    }
  },
  readWhole: (body, reading) => {
    if (!Array.isArray(body['output'])) return false;
    for (const item of body['output']) readItem(recordOf(item), reading);
    readResponse(body, reading);
    return true;
  },
};

/** Events that carry the whole response object: created, in progress, and the three ways to end. */
function readState(event: JsonRecord, reading: StreamReading): void {
  const response = recordOf(event['response']);
  if (response === undefined) return;
  readResponse(response, reading);
  const { type } = event;
  if (type === 'response.completed' || type === 'response.incomplete') reading.ended = true;
}

function readResponse(response: JsonRecord, reading: StreamReading): void {
  reading.responseId ??= wordOf(response['id']);
  const status = response['status'];
  if (status === 'failed' || status === 'cancelled') {
    const message = wordOf(recordOf(response['error'])?.['message']);
    throw new StreamProblem('server_error', message ?? `The server ended the response as ${status}`);
  }
  if (status === 'completed' || status === 'incomplete') {
    reading.finishReason = wordOf(recordOf(response['incomplete_details'])?.['reason']) ?? status;
  }
  const usage = recordOf(response['usage']);
  if (usage === undefined) return;
  reading.usagePromptTokens = countOf(usage['input_tokens']) ?? reading.usagePromptTokens;
  reading.usageCachedTokens =
    countOf(recordOf(usage['input_tokens_details'])?.['cached_tokens']) ?? reading.usageCachedTokens;
  reading.setOutputTokensSoFar(countOf(usage['output_tokens']));
}

function calledName(item: unknown): string {
  const fields = recordOf(item);
  const type = fields?.['type'];
  return type === 'function_call' || type === 'custom_tool_call' ? textOf(fields?.['name']) : '';
}

function readItem(item: JsonRecord | undefined, reading: StreamReading): void {
  if (item === undefined) return;
  const kind = item['type'] === 'reasoning' ? 'reasoning' : 'content';
  for (const part of [...listOf(item['summary']), ...listOf(item['content'])]) {
    const fields = recordOf(part);
    reading.piece(kind, textOf(fields?.['text']) || textOf(fields?.['refusal']));
  }
  reading.piece('tool_call', calledName(item) + textOf(item['arguments']) + textOf(item['input']));
}
