import { expect, it } from 'vitest';
import { endpointUrl } from './endpoint-url.js';

const CHAT = '/v1/chat/completions';

it.each([
  ['http://h:8000', CHAT, '/v1/chat/completions'],
  ['http://h:8000/', CHAT, '/v1/chat/completions'],
  ['http://h:8000/v1', CHAT, '/v1/chat/completions'],
  ['http://h:8000/v1/', CHAT, '/v1/chat/completions'],
  ['http://h/team/llm', CHAT, '/team/llm/v1/chat/completions'],
  ['http://h/team/v1', CHAT, '/team/v1/chat/completions'],
  ['http://h/v1/chat/completions', CHAT, '/v1/chat/completions'],
  ['http://h/x/v1/chat', CHAT, '/x/v1/chat/completions'],
  ['http://h/api/paas/v4', CHAT, '/api/paas/v4/chat/completions'],
  ['http://h/v1beta', CHAT, '/v1beta/chat/completions'],
  ['http://h/openai?api-version=1', CHAT, '/openai/v1/chat/completions?api-version=1'],
  ['http://h', '/api/chat', '/api/chat'],
  ['http://h/api', '/api/chat', '/api/chat'],
  ['http://h/v1', '/api/chat', '/api/chat'],
  ['http://h/p/v1', '/completion', '/p/completion'],
  ['http://h/completion', '/completion', '/completion'],
  ['http://h/completion', '/v1/completions', '/completion/v1/completions'],
])('%s and %s make %s', (base, endpoint, path) => {
  expect(endpointUrl(base, endpoint)).toMatchObject({ origin: new URL(base).origin, path });
});

it('takes the user out of the URL', () => {
  expect(endpointUrl('https://me:p%40ss@h/v1', CHAT)).toEqual({
    origin: 'https://h',
    path: '/v1/chat/completions',
    username: 'me',
    password: 'p@ss',
  });
});
