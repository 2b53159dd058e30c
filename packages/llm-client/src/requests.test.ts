import { describe, expect, it } from 'vitest';
import { createLlmClient } from './create-llm-client.js';
import type { EndpointType, LlmRequest } from './llm-client.js';
import { clientFor, clock, NO_TIMEOUTS, send } from './testing/client-fixture.js';
import { openedForEachTest } from './testing/opened.js';
import { chatEvent, fullResponse, type ReceivedRequest } from './testing/scripted-server.js';

const { serve, keep } = openedForEachTest();

async function received(
  endpointType: EndpointType,
  fields: Partial<LlmRequest> = {},
  options: Parameters<typeof clientFor>[1] = {},
): Promise<ReceivedRequest & { json: unknown }> {
  const { server, client } = await serve([fullResponse('200 OK', '{}')], { endpointType, ...options });
  await send(client, { request: fields });
  const [request] = server.requests;
  if (request === undefined) throw new Error('nothing was received');
  return { ...request, json: JSON.parse(request.body) };
}

const MESSAGES: LlmRequest['prompt'] = {
  kind: 'messages',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Grüezi' },
  ],
};

describe('what is sent', () => {
  it.each([
    [
      'chat',
      '/v1/chat/completions',
      {
        model: 'm',
        messages: [{ role: 'user', content: 'Say hello' }],
        max_tokens: 16,
        stream: true,
        stream_options: { include_usage: true },
      },
    ],
    [
      'completions',
      '/v1/completions',
      {
        model: 'm',
        prompt: 'Say hello',
        max_tokens: 16,
        stream: true,
        stream_options: { include_usage: true },
      },
    ],
    ['responses', '/v1/responses', { model: 'm', input: 'Say hello', max_output_tokens: 16, stream: true }],
    [
      'anthropic',
      '/v1/messages',
      { model: 'm', messages: [{ role: 'user', content: 'Say hello' }], max_tokens: 16, stream: true },
    ],
    ['tgi', '/generate_stream', { inputs: 'Say hello', parameters: { max_new_tokens: 16, details: true } }],
    [
      'ollama',
      '/api/chat',
      {
        model: 'm',
        messages: [{ role: 'user', content: 'Say hello' }],
        stream: true,
        options: { num_predict: 16 },
      },
    ],
    ['llamacpp', '/completion', { prompt: 'Say hello', n_predict: 16, stream: true }],
  ] as const)('to %s is what it expects', async (endpointType, path, body) => {
    const request = await received(endpointType);
    expect(request.requestLine).toBe(`POST ${path} HTTP/1.1`);
    expect(request.json).toEqual(body);
    expect(request.headers).toMatchObject({
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      'x-request-id': 'req-1',
    });
    expect(request.headers['authorization']).toBeUndefined();
  });

  it.each([
    ['chat', { messages: MESSAGES.messages }],
    ['ollama', { messages: MESSAGES.messages }],
    ['responses', { input: MESSAGES.messages }],
    ['anthropic', { system: 'Be brief.', messages: [{ role: 'user', content: 'Grüezi' }] }],
    ['completions', { prompt: 'Be brief.\n\nGrüezi' }],
    ['tgi', { inputs: 'Be brief.\n\nGrüezi' }],
    ['llamacpp', { prompt: 'Be brief.\n\nGrüezi' }],
  ] as const)('to %s holds messages its way', async (endpointType, body) => {
    expect((await received(endpointType, { prompt: MESSAGES })).json).toMatchObject(body);
  });

  it.each(['chat', 'completions', 'responses', 'llamacpp'] as const)(
    'asks %s to ignore the end token',
    async (endpointType) => {
      expect((await received(endpointType, { ignoreEos: true })).json).toMatchObject({ ignore_eos: true });
    },
  );

  it.each(['anthropic', 'tgi', 'ollama'] as const)(
    'asks %s for nothing that it does not know',
    async (endpointType) => {
      expect((await received(endpointType, { ignoreEos: true })).body).not.toContain('ignore');
    },
  );

  it('has no limit when there is none, save where the API demands one', async () => {
    expect((await received('chat', { maxOutputTokens: undefined })).json).not.toHaveProperty('max_tokens');
    expect((await received('anthropic', { maxOutputTokens: undefined })).json).toHaveProperty(
      'max_tokens',
      4_096,
    );
  });

  it("merges the extra bodies over its own, the request's over the client's, null taking out", async () => {
    const options = {
      extraBody: {
        temperature: 0.5,
        stream_options: { continuous_usage_stats: true },
        max_tokens: null,
        top_k: 1,
      },
    };
    const { json } = await received(
      'chat',
      { extraBody: { temperature: 0, top_k: null, stop: ['x'] } },
      options,
    );
    expect(json).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'Say hello' }],
      stream: true,
      stream_options: { include_usage: true, continuous_usage_stats: true },
      temperature: 0,
      stop: ['x'],
    });
  });

  it.each([
    ['chat', 'authorization', 'Bearer sk-secret'],
    ['ollama', 'authorization', 'Bearer sk-secret'],
    ['anthropic', 'x-api-key', 'sk-secret'],
  ] as const)('to %s carries the key in %s', async (endpointType, header, value) => {
    const { headers } = await received(endpointType, {}, { apiKey: 'sk-secret' });
    expect(headers[header]).toBe(value);
    if (endpointType === 'anthropic') expect(headers['anthropic-version']).toBe('2023-06-01');
  });

  it("lets the caller's headers win, whatever their case", async () => {
    const { headers } = await received(
      'chat',
      {},
      { apiKey: 'k', headers: { Authorization: 'Custom z', 'X-Team': 'a' } },
    );
    expect(headers).toMatchObject({ authorization: 'Custom z', 'x-team': 'a' });
  });

  it('has the user of the URL as basic authorization', async () => {
    const { server } = await serve([fullResponse('200 OK', '{}')]);
    const client = keep(clientFor(server.url.replace('//', '//me:p%40ss@')));
    await send(client);
    expect(server.requests[0]?.headers['authorization']).toBe(
      `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
    );
  });

  it('goes under a prefix with a query', async () => {
    const { server } = await serve([fullResponse('200 OK', chatEvent('a', 'stop'))]);
    const client = keep(clientFor(`${server.url}/team/v1/?api-version=7`));
    expect((await send(client)).outcome.status).toBe('ok');
    expect(server.requests[0]?.requestLine).toBe('POST /team/v1/chat/completions?api-version=7 HTTP/1.1');
  });
});

describe('a secret', () => {
  const key = 'sk-proj-abcdef0123456789';

  it('is hidden wherever the server echoes it, and never cut in half', async () => {
    const body = `${'x'.repeat(480)} key ${key} and ${encodeURIComponent('pa ss&word')}`;
    const { server } = await serve([
      fullResponse('401 Unauthorized', JSON.stringify({ error: { message: body } })),
    ]);
    const client = keep(
      clientFor(server.url.replace('//', '//me:pa%20ss%26word@'), {
        apiKey: key,
        headers: { 'X-Api-Key': 'other-secret' },
      }),
    );
    const { outcome } = await send(client);
    expect(outcome.errorMessage).toHaveLength(500);
    expect(outcome.errorMessage).not.toContain('sk-');
    expect(outcome.errorMessage).toContain('[redacted]');
  });

  it.each([
    ["in a header of the caller's", { headers: { Authorization: 'Bearer deadbeefcafe' } }, 'deadbeefcafe'],
    ['in an API key header', { headers: { 'Api-Key': 'deadbeefcafe' } }, 'deadbeefcafe'],
    ['as JSON', { apiKey: 'dead"beef' }, 'dead\\"beef'],
  ])('is hidden %s', async (_where, options, echoed) => {
    const { client } = await serve([fullResponse('403 Forbidden', `not allowed: ${echoed}.`)], options);
    expect((await send(client)).outcome.errorMessage).toBe('not allowed: [redacted].');
  });

  it('is hidden in an error within the stream', async () => {
    const { client } = await serve([fullResponse('200 OK', `data: {"error":"bad key ${key}"}\n\n`)], {
      apiKey: key,
    });
    expect((await send(client)).outcome.errorMessage).toBe('bad key [redacted]');
  });
});

describe('options that cannot work', () => {
  const options = {
    baseUrl: 'http://127.0.0.1',
    endpointType: 'chat',
    model: 'm',
    apiKey: undefined,
    headers: {},
    extraBody: {},
    timeouts: NO_TIMEOUTS,
    clock,
  } as const;

  it.each(['127.0.0.1:8000', 'localhost', 'ftp://x', ''])('are refused: the URL %j', (baseUrl) => {
    expect(() => createLlmClient({ ...options, baseUrl })).toThrow(
      /Expected an http or https URL for baseUrl but received/,
    );
  });

  it('are refused all at once, without their values', () => {
    const wrong = { apiKey: 'sk-1\n', headers: { 'a b': 'x', 'x-y': 'se\ncret' } };
    expect(() => createLlmClient({ ...options, ...wrong })).toThrow(
      expect.objectContaining({
        exitStatus: 2,
        problems: [
          expect.stringContaining('API key') as string,
          expect.stringContaining('"a b"') as string,
          expect.stringContaining('header x-y') as string,
        ],
      }),
    );
    expect(() => createLlmClient({ ...options, ...wrong })).not.toThrow(/sk-1|cret/);
  });

  it.each(['', 'not PEM', '-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n'])(
    'are refused: the authority %j',
    (caPem) => {
      expect(() => createLlmClient({ ...options, tls: { caPem } })).toThrow(
        /Expected PEM text with a certificate authority/,
      );
    },
  );
});
