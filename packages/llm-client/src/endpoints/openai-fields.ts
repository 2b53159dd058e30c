import { countOf, listOf, recordOf, textOf, wordOf, type JsonRecord } from '../json-fields.js';
import type { StreamReading } from '../stream-reading.js';

/** What chat and legacy completions share: the id, usage in any chunk, and the finish reason of a choice. */
export function readOpenAiEnvelope(event: JsonRecord, reading: StreamReading): void {
  reading.responseId ??= wordOf(event['id']);
  const usage = recordOf(event['usage']);
  if (usage === undefined) return;
  reading.usagePromptTokens = countOf(usage['prompt_tokens']) ?? reading.usagePromptTokens;
  reading.usageCachedTokens =
    countOf(recordOf(usage['prompt_tokens_details'])?.['cached_tokens']) ?? reading.usageCachedTokens;
  reading.setOutputTokensSoFar(countOf(usage['completion_tokens']));
}

export function readFinishReason(choice: JsonRecord, reading: StreamReading): void {
  reading.finishReason = wordOf(choice['finish_reason']) ?? reading.finishReason;
}

/** A call's name and arguments are both text that the model wrote. */
export function functionCallText(call: unknown): string {
  const fields = recordOf(call);
  if (fields === undefined) return '';
  const written = fields['arguments'];
  const argumentsText = recordOf(written) === undefined ? textOf(written) : JSON.stringify(written);
  return textOf(fields['name']) + argumentsText;
}

export function toolCallsText(toolCalls: unknown): string {
  let text = '';
  for (const toolCall of listOf(toolCalls)) text += functionCallText(recordOf(toolCall)?.['function']);
  return text;
}
