import { describe, expect, it } from 'vitest';
import { bodyMessage, errorObjectMessage } from './server-message.js';

describe('bodyMessage', () => {
  it.each([
    [
      'OpenAI',
      '{"error":{"message":"no such model","type":"invalid_request_error","code":404}}',
      'no such model',
    ],
    ['Ollama', '{"error":"model not found"}', 'model not found'],
    ['older vLLM', '{"object":"error","message":"too long","type":"BadRequestError"}', 'too long'],
    ['FastAPI, one', '{"detail":"Not Found"}', 'Not Found'],
    [
      'FastAPI, several',
      '{"detail":[{"loc":["body","max_tokens"],"msg":"must be positive"},{"loc":["body","model"],"msg":"missing"}]}',
      'body.max_tokens: must be positive; body.model: missing',
    ],
    ['a plain message', '{"message":"Unauthorized"}', 'Unauthorized'],
    [
      'a problem document',
      '{"type":"about:blank","title":"Service Unavailable","status":503}',
      'Service Unavailable',
    ],
    ['Google', '[{"error":{"message":"quota"}}]', 'quota'],
    ['a JSON string', '"overloaded"', 'overloaded'],
    ['an event under an error status', 'data: {"error":{"message":"busy"}}\n\ndata: [DONE]\n\n', 'busy'],
    ['other JSON', '{"a":1}', '{"a":1}'],
    ['broken JSON', '{"error":', '{"error":'],
    ['text', ' upstream\n  connect error ', 'upstream connect error'],
    [
      'nginx',
      '<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n<center>x</center></body></html>',
      '504 Gateway Time-out',
    ],
    [
      'HTML without a title',
      '<!DOCTYPE html><style>p{}</style><h1>Bad <b>gateway</b></h1><p>x',
      'Bad gateway',
    ],
    [
      'HTML without a heading',
      '<html><body><script>1</script><p>Sorry,</p> try later</body></html>',
      'Sorry, try later',
    ],
    ['a BOM', '\uFEFF{"error":"x"}', 'x'],
    ['nothing', '', undefined],
    ['blanks', ' \r\n', undefined],
  ])('reads %s', (_server, body, message) => {
    expect(bodyMessage(body)).toBe(message);
  });
});

it.each([
  [{ error: { code: 500 } }, 'an error without a message: {"code":500}'],
  [{ error: true }, 'an error without a message: true'],
  [{ type: 'error' }, 'an error without a message: {"type":"error"}'],
  [{ choices: [] }, undefined],
])('sees whether %j is an error', (value, message) => {
  expect(errorObjectMessage(value)).toBe(message);
});
