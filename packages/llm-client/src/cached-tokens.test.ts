import { expect, it } from 'vitest';
import { ENDPOINTS } from './endpoints/index.js';
import type { EndpointType } from './llm-client.js';
import { StreamReading } from './stream-reading.js';

it.each<[EndpointType, object, number | undefined]>([
  ['chat', { usage: { prompt_tokens: 9, prompt_tokens_details: { cached_tokens: 5 } } }, 5],
  ['completions', { usage: { prompt_tokens: 9, prompt_tokens_details: { cached_tokens: 0 } } }, 0],
  ['chat', { usage: { prompt_tokens: 9, prompt_tokens_details: null } }, undefined],
  ['chat', { usage: { prompt_tokens: 9, prompt_tokens_details: { cached_tokens: -1 } } }, undefined],
  [
    'responses',
    {
      type: 'response.completed',
      response: { usage: { input_tokens: 9, input_tokens_details: { cached_tokens: 4 } } },
    },
    4,
  ],
  [
    'anthropic',
    { type: 'message_start', message: { usage: { input_tokens: 2, cache_read_input_tokens: 7 } } },
    7,
  ],
])('reads from %s how much of the prompt was cached: %j', (type, event, cachedTokens) => {
  const reading = new StreamReading({ onSent: () => undefined, onChunk: () => undefined });
  ENDPOINTS[type].readEvent(event as Record<string, unknown>, reading);
  expect(reading.usageCachedTokens).toBe(cachedTokens);
});
