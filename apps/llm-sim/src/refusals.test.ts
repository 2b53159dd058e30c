import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { MAX_BODY_BYTES } from './read-body.js';
import { AT_ONCE, chatBody, CHAT, COMPLETIONS, post, withSim } from './testing/sim-client.js';

const SMALL = { engine: { kind: 'fixed', ttftNs: 0, tbtNs: 0, maxModelTokens: 20 } } as const;

describe.each([
  ['a body that is not JSON', CHAT, '{"messages": [', 400, 'Expected a JSON body', null],
  ['no body', CHAT, '', 400, 'Expected a JSON body', null],
  ['a body that is not an object', CHAT, '[]', 400, 'body: ', null],
  ['no messages', CHAT, {}, 400, 'messages: ', 'messages'],
  ['no prompt', COMPLETIONS, {}, 400, 'prompt: expected a text', 'prompt'],
  ['two prompts', COMPLETIONS, { prompt: ['a', 'b'] }, 400, 'prompt: expected a text', 'prompt'],
  ['more than one choice', CHAT, chatBody({ n: 2 }), 400, 'n: expected 1', 'n'],
  ['a limit of 0', CHAT, chatBody({ max_tokens: 0 }), 400, 'max_tokens: ', 'max_tokens'],
  [
    'a picture',
    CHAT,
    { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
    400,
    'messages.0.content: expected a text',
    'messages',
  ],
  [
    'options without a stream',
    CHAT,
    chatBody({ stream_options: {} }),
    400,
    'Stream options',
    'stream_options',
  ],
  ['another model', CHAT, chatBody({ model: 'gpt' }), 404, 'The model `gpt` does not exist.', 'model'],
  [
    'more tokens than fit',
    CHAT,
    chatBody({ max_tokens: 16 }),
    400,
    '21 tokens (5 in the prompt, 16 in',
    'messages',
  ],
  [
    'a prompt that fills the context',
    COMPLETIONS,
    { prompt: Array(20).fill(1) },
    400,
    'maximum context',
    'prompt',
  ],
  [
    'a minimum above the limit',
    CHAT,
    chatBody({ min_tokens: 5, max_tokens: 4 }),
    400,
    'min_tokens',
    'min_tokens',
  ],
] as const)('%s', (_, path, body, status, message, param) => {
  it('is refused in the form that OpenAI clients read', async () => {
    await withSim(SMALL, async (sim) => {
      const response = await post(sim, path, body);
      expect(response.status).toBe(status);
      const { error } = (await response.json()) as { error: { message: string } };
      expect(error).toEqual({
        message: expect.stringContaining(message),
        type: status === 404 ? 'NotFoundError' : 'BadRequestError',
        param,
        code: status,
      });
    });
  });
});

it('names every problem of a body at once', async () => {
  await withSim(AT_ONCE, async (sim) => {
    const response = await post(sim, CHAT, { messages: [], n: 3, max_tokens: -1 });
    const { error } = (await response.json()) as { error: { message: string } };
    for (const field of ['messages', 'n', 'max_tokens']) expect(error.message).toContain(`${field}: `);
  });
});

it('answers other paths and methods with an error', async () => {
  await withSim(AT_ONCE, async (sim) => {
    expect((await fetch(`${sim.url}/nothing`)).status).toBe(404);
    expect((await fetch(sim.url + CHAT)).status).toBe(405);
    expect((await post(sim, '/v1/models', {})).status).toBe(405);
  });
});

it('takes no more than its limit of a body, and says so', async () => {
  await withSim(AT_ONCE, async (sim) => {
    const response = await post(sim, CHAT, `"${'x'.repeat(MAX_BODY_BYTES)}"`);
    expect(response.status).toBe(413);
    expect(response.headers.get('connection')).toBe('close');
    expect(await response.json()).toMatchObject({ error: { code: 413 } });
    expect((await fetch(`${sim.url}/health`)).status).toBe(200);
  });
});

it('is not troubled by bodies that end early', async () => {
  await withSim(AT_ONCE, async (sim) => {
    const socket = connect(sim.port, sim.host);
    await new Promise<void>((resolve) =>
      socket.write(`POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{`, () => resolve()),
    );
    socket.resetAndDestroy();
    expect((await post(sim, CHAT, chatBody({ max_tokens: 1 }))).status).toBe(200);
  });
});

it('says once what it ignores', async () => {
  const warnings: string[] = [];
  await withSim({ ...AT_ONCE, onWarning: (message) => warnings.push(message) }, async (sim) => {
    const body = chatBody({ max_tokens: 2, stop: ['x'], echo: false, tools: [], temperature: 0.2 });
    await (await post(sim, CHAT, body)).text();
    await (await post(sim, CHAT, body)).text();
  });
  expect(warnings).toEqual(['"stop" in requests is ignored: simulated answers do not depend on it']);
});
