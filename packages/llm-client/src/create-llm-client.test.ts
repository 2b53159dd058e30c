import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { durationNs, runNs } from '@fluidscope/units';
import { createLlmClient } from './create-llm-client.js';

it('streams a chat completion', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"id":"r1","choices":[{"delta":{"content":"Hel"}}]}\n\n');
    response.end('data: {"choices":[{"delta":{"content":"lo"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = createLlmClient({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    endpointType: 'chat',
    model: 'm',
    apiKey: undefined,
    headers: {},
    extraBody: {},
    timeouts: {
      connectTimeoutNs: durationNs(1e9),
      firstByteTimeoutNs: undefined,
      idleTimeoutNs: undefined,
      totalTimeoutNs: undefined,
    },
    clock: { nowNs: () => runNs(Math.round(performance.now() * 1e6)) },
  });
  let text = '';
  const outcome = await client.send(
    {
      requestId: 'a',
      prompt: { kind: 'text', text: 'hi' },
      maxOutputTokens: 2,
      ignoreEos: false,
    },
    { onSent: () => undefined, onChunk: (chunk) => (text += chunk.text) },
    new AbortController().signal,
  );
  expect(outcome).toMatchObject({ status: 'ok', responseId: 'r1', finishReason: 'stop' });
  expect(text).toBe('Hello');
  await client.close();
  server.close();
});
