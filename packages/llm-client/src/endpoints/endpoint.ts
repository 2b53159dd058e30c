import type { LlmRequest } from '../llm-client.js';
import type { JsonRecord } from '../json-fields.js';
import type { StreamReading } from '../stream-reading.js';

/** One server API: what to send and how to read what comes back. Knows nothing of sockets or clocks. */
export interface Endpoint {
  /** From the server's root, with its version: `/v1/chat/completions`. */
  readonly path: string;
  readonly framing: 'sse' | 'ndjson';
  requestBody(request: LlmRequest, model: string | undefined): JsonRecord;
  /** Headers that this API needs whether or not there is a key. */
  readonly headers: Readonly<Record<string, string>>;
  authHeaders(apiKey: string): Readonly<Record<string, string>>;
  /** One event that is not an error object. Unknown events are left alone: servers add new ones. */
  readEvent(event: JsonRecord, reading: StreamReading): void;
  /** A response that came whole, not as a stream; false when it is not one of this API's. */
  readWhole(body: JsonRecord, reading: StreamReading): boolean;
}

export function bearer(apiKey: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${apiKey}` };
}

/** The prompt as chat messages: plain text is one message of the user's. */
export function messagesOf(request: LlmRequest): readonly { role: string; content: string }[] {
  const { prompt } = request;
  return prompt.kind === 'messages' ? prompt.messages : [{ role: 'user', content: prompt.text }];
}

/** The prompt as one text, for APIs without roles: messages' contents joined by blank lines, no template. */
export function textPromptOf(request: LlmRequest): string {
  const { prompt } = request;
  return prompt.kind === 'text'
    ? prompt.text
    : prompt.messages.map((message) => message.content).join('\n\n');
}
