import { describe, expect, it } from 'vitest';
import { readStream } from './testing/read-stream.js';

const delta = (content: string, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'r', choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`;

describe('the stamp of a chunk', () => {
  it('is that of the read that completed its event', () => {
    const event = delta('a', 'stop');
    const { arrivalsNs } = readStream('chat', [
      event.slice(0, 9),
      event.slice(9, 30),
      event.slice(30),
      delta('b'),
    ]);
    expect(arrivalsNs).toEqual([2, 3]);
  });

  it('is shared by the events of one read', () => {
    const { arrivalsNs } = readStream('chat', [delta('a'), delta('b') + delta('c') + delta('d', 'stop')]);
    expect(arrivalsNs).toEqual([0, 1, 1, 1]);
  });
});

describe('the completion rule', () => {
  it('accepts a finish reason without an end mark', () => {
    expect(readStream('chat', [delta('a', 'stop')]).problem).toBeUndefined();
  });

  it('accepts an end mark without a finish reason', () => {
    expect(readStream('chat', [delta('a'), 'data: [DONE]\n\n']).problem).toBeUndefined();
  });

  it.each([
    ['a stream with neither', [delta('a')], /but received 1 events/],
    ['an empty body', [], /but received nothing/],
    ['blanks and keep-alives only', ['\n\n', ': ping\n\n'], /but received nothing/],
    ['an event cut off by the end', [delta('a'), delta('b', 'stop').slice(0, 40)], /but received 1 events/],
  ])('refuses %s', (_what, pieces, message) => {
    const { problem } = readStream('chat', pieces);
    expect(problem?.code).toBe('protocol');
    expect(problem?.message).toMatch(message);
  });

  it('ignores what follows the end mark', () => {
    const result = readStream('chat', [
      delta('a'),
      'data: [DONE]\n\n',
      delta('b'),
      'data: {"error":"late"}\n\n',
    ]);
    expect(result.chunks).toEqual([['content', 'a']]);
    expect(result.problem).toBeUndefined();
  });
});

describe('an error within a stream', () => {
  it.each([
    ['OpenAI', 'chat', 'data: {"error":{"message":"boom","type":"server_error","code":500}}\n\n', 'boom'],
    [
      'vLLM, with an end mark after it',
      'chat',
      'data: {"error":{"message":"boom"}}\n\ndata: [DONE]\n\n',
      'boom',
    ],
    ['older vLLM', 'chat', 'data: {"object":"error","message":"boom","code":400}\n\n', 'boom'],
    ['older llama.cpp', 'chat', 'error: {"code":500,"message":"boom","type":"server_error"}\n\n', 'boom'],
    [
      'Anthropic',
      'anthropic',
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
      'Overloaded',
    ],
    [
      'SGLang under Anthropic',
      'anthropic',
      'data: {"error":{"type":"error","error":{"message":"boom"}}}\n\n',
      'boom',
    ],
    ['an error event of plain text', 'chat', 'event: error\ndata: out of memory\n\n', 'out of memory'],
    ['TGI', 'tgi', 'data:{"error":"Request failed","error_type":"generation"}\n\n', 'Request failed'],
    [
      'responses',
      'responses',
      'event: error\ndata: {"type":"error","code":"x","message":"boom"}\n\n',
      'boom',
    ],
    [
      'a failed response',
      'responses',
      'data: {"type":"response.failed","response":{"id":"r","status":"failed","error":{"message":"boom"}}}\n\n',
      'boom',
    ],
    ['llama.cpp', 'llamacpp', 'data: {"error":{"code":500,"message":"boom"}}\n\n', 'boom'],
  ] as const)("of %s is the server's", (_server, endpointType, wire, message) => {
    const { problem } = readStream(endpointType, [wire]);
    expect(problem).toMatchObject({ code: 'server_error', message });
  });

  it('of Ollama comes as a line', () => {
    const first = '{"message":{"content":"Yes"},"done":false}\n';
    const result = readStream('ollama', [first, '{"error":"an error was encountered"}\n']);
    expect(result.chunks).toEqual([['content', 'Yes']]);
    expect(result.problem).toMatchObject({ code: 'server_error', message: 'an error was encountered' });
  });

  it('leaves the chunks before it', () => {
    const result = readStream('chat', [delta('a'), 'data: {"error":"boom"}\n\n', delta('b')]);
    expect(result.chunks).toEqual([['content', 'a']]);
  });

  it.each(['null', 'false'])('is not seen in "error": %s', (value) => {
    expect(
      readStream('chat', [`data: {"error":${value},"choices":[]}\n\n`, 'data: [DONE]\n\n']).problem,
    ).toBeUndefined();
  });
});

describe('a whole JSON response in place of a stream', () => {
  it.each([
    [
      'chat',
      {
        id: 'r',
        choices: [
          {
            message: { role: 'assistant', reasoning_content: 'hm', content: 'Hello' },
            finish_reason: 'stop',
          },
        ],
        usage: { prompt_tokens: 3, completion_tokens: 2 },
      },
      [
        ['reasoning', 'hm', 2],
        ['content', 'Hello', 2],
      ],
    ],
    [
      'completions',
      { id: 'r', choices: [{ text: 'Hello', finish_reason: 'length' }] },
      [['content', 'Hello']],
    ],
    [
      'responses',
      {
        id: 'r',
        status: 'completed',
        output: [
          { type: 'message', content: [{ type: 'output_text', text: 'Hello' }] },
          { type: 'function_call', name: 'f', arguments: '{}' },
        ],
      },
      [
        ['content', 'Hello'],
        ['tool_call', 'f{}'],
      ],
    ],
    [
      'anthropic',
      {
        type: 'message',
        id: 'r',
        content: [
          { type: 'text', text: 'Hello' },
          { type: 'tool_use', name: 'f', input: { a: 1 } },
        ],
        stop_reason: 'end_turn',
        usage: { input_tokens: 1, output_tokens: 2 },
      },
      [
        ['content', 'Hello', 2],
        ['tool_call', 'f{"a":1}', 2],
      ],
    ],
    [
      'tgi',
      { generated_text: 'Hello', details: { finish_reason: 'length', generated_tokens: 1, input_length: 4 } },
      [['content', 'Hello', 1]],
    ],
    [
      'ollama',
      { message: { content: 'Hello' }, done: true, done_reason: 'stop', eval_count: 2 },
      [['content', 'Hello', 2]],
    ],
    [
      'llamacpp',
      { content: 'Hello', stop: true, stopped_eos: true, tokens_predicted: 1 },
      [['content', 'Hello', 1]],
    ],
  ] as const)('is one answer (%s)', (endpointType, body, chunks) => {
    for (const text of [JSON.stringify(body), `\uFEFF` + JSON.stringify(body)]) {
      const result = readStream(endpointType, [text.slice(0, 5), text.slice(5)]);
      expect(result.problem).toBeUndefined();
      expect(result.chunks).toEqual(chunks);
      expect(result.outcome.finishReason ?? 'none').not.toBe('none');
    }
  });

  it("with an error in it is the server's error", () => {
    expect(readStream('chat', ['{"error":{"message":"no such model"}}']).problem).toMatchObject({
      code: 'server_error',
      message: 'no such model',
    });
  });

  it.each([
    [
      "another API's JSON",
      'chat',
      '{"status":"healthy"}',
      /from \/v1\/chat\/completions but received the JSON \{"status":"healthy"\}\. Check the URL/,
    ],
    ['a list', 'chat', '[1,2]', /received "\[1,2\]"/],
    ['HTML', 'chat', '<!DOCTYPE html><html><head><title>Sign in</title></head></html>', /received "Sign in"/],
    ['HTML for JSON lines', 'ollama', '<html><title>Proxy</title></html>', /received "Proxy"/],
    ['an event stream for JSON lines', 'ollama', 'data: {}\n\n', /from \/api\/chat but received/],
    ['a chat answer to Anthropic', 'anthropic', '{"choices":[{"message":{"content":"x"}}]}', /endpoint type/],
    ['a whole chat answer without a message', 'chat', '{"choices":[{}]}', /endpoint type/],
  ] as const)('is refused when it is %s', (_what, endpointType, body, message) => {
    const { problem } = readStream(endpointType, [body]);
    expect(problem?.code).toBe('protocol');
    expect(problem?.message).toMatch(message);
  });
});

describe('a malformed event', () => {
  it.each([
    ['no JSON', 'data: hello\n\n', 'Expected a JSON event but received hello'],
    ['a scalar', 'data: 7\n\n', 'Expected a JSON object as event but received 7'],
    ['a list', 'data: [1]\n\n', 'Expected a JSON object as event but received [1]'],
    ['null', 'data: null\n\n', 'Expected a JSON object as event but received null'],
  ])('is a protocol error: %s', (_what, wire, message) => {
    expect(readStream('chat', [wire]).problem).toMatchObject({ code: 'protocol', message });
  });

  it.each([
    ['choices of the wrong type', '{"choices":"x"}'],
    ['null choices', '{"choices":[null,7,"x",[]]}'],
    ['a null delta', '{"choices":[{"delta":null}]}'],
    [
      'content of the wrong type',
      '{"choices":[{"delta":{"content":{"a":1},"tool_calls":7,"reasoning":[]}}]}',
    ],
    ['usage of the wrong type', '{"usage":"many"}'],
    ['counts that are none', '{"usage":{"prompt_tokens":-1,"completion_tokens":1.5}}'],
    ['an id of the wrong type', '{"id":7}'],
  ])('is a chunk without text where only a field is odd: %s', (_what, json) => {
    const result = readStream('chat', [`data: ${json}\n\n`, 'data: [DONE]\n\n']);
    expect(result.problem).toBeUndefined();
    expect(result.chunks).toEqual([['none', '']]);
    expect(result.outcome.usageOutputTokens).toBeUndefined();
  });
});

it('reads legacy function calls', () => {
  const call = {
    choices: [{ delta: { function_call: { name: 'f', arguments: '{"a"' } }, finish_reason: 'stop' }],
  };
  expect(readStream('chat', [`data: ${JSON.stringify(call)}\n\n`]).chunks).toEqual([['tool_call', 'f{"a"']]);
});

it('reads every choice of a request for several', () => {
  const event = {
    choices: [
      { index: 0, delta: { content: 'a' } },
      { index: 1, delta: { content: 'b' }, finish_reason: 'stop' },
    ],
  };
  expect(readStream('chat', [`data: ${JSON.stringify(event)}\n\n`]).chunks).toEqual([
    ['content', 'a'],
    ['content', 'b'],
  ]);
});
