import { UsageError } from '@fluidscope/errors';
import { describe, expect, it } from 'vitest';
import { parseDataset, type DatasetFormat } from './parse-dataset.js';

const AZURE = [
  'TIMESTAMP,ContextTokens,GeneratedTokens',
  '2023-11-16 18:15:46.6805900,374,44',
  '2023-11-16 18:15:50.9951691,396,109',
].join('\r\n');
const MOONCAKE = [
  '{"timestamp": 27482, "input_length": 600, "output_length": 52, "hash_ids": [46, 47]}',
  '{"timestamp": 30535.5, "input_length": 512, "output_length": 3, "hash_ids": [46]}',
].join('\n');
const ETALON =
  'num_prefill_tokens,num_decode_tokens,num_total_tokens,pd_ratio\n74,918,992,0.08\n290.0,905,1195,0.3\n';
const SHAREGPT = JSON.stringify([
  {
    id: 'a',
    conversations: [
      { from: 'system', value: 's' },
      { from: 'human', value: 'hi there' },
      { from: 'gpt', value: 'hello' },
    ],
  },
  { id: 'b', conversations: [{ from: 'gpt', value: 'an answer to nothing' }] },
  { id: 'c', conversations: [{ from: 'human', value: 'no answer' }] },
]);
const MESSAGES = [
  '{"messages": [{"role": "user", "content": "hi"}], "max_tokens": 9}',
  '',
  '{"prompt": "plain text"}',
].join('\n');

const length = (promptTokens: number) => ({ kind: 'length', promptTokens });
const outputLength = (outputTokens: number) => ({ kind: 'length', outputTokens });

describe.each<[DatasetFormat, string, readonly unknown[], number]>([
  [
    'azure',
    AZURE,
    [
      { arrivalOffsetNs: 0, prompt: length(374), output: outputLength(44) },
      { arrivalOffsetNs: 4_314_579_100, prompt: length(396), output: outputLength(109) },
    ],
    0,
  ],
  [
    'mooncake',
    MOONCAKE,
    [
      {
        arrivalOffsetNs: 0,
        prompt: { kind: 'blocks', promptTokens: 600, blockIds: [46, 47] },
        output: outputLength(52),
      },
      {
        arrivalOffsetNs: 3_053_500_000,
        prompt: { kind: 'blocks', promptTokens: 512, blockIds: [46] },
        output: outputLength(3),
      },
    ],
    0,
  ],
  [
    'etalon',
    ETALON,
    [
      { arrivalOffsetNs: undefined, prompt: length(74), output: outputLength(918) },
      { arrivalOffsetNs: undefined, prompt: length(290), output: outputLength(905) },
    ],
    0,
  ],
  [
    'sharegpt',
    SHAREGPT,
    [
      {
        arrivalOffsetNs: undefined,
        prompt: { kind: 'text', text: 'hi there' },
        output: { kind: 'text', text: 'hello' },
      },
    ],
    2,
  ],
  [
    'messages',
    MESSAGES,
    [
      {
        arrivalOffsetNs: undefined,
        prompt: { kind: 'messages', messages: [{ role: 'user', content: 'hi' }] },
        output: outputLength(9),
      },
      { arrivalOffsetNs: undefined, prompt: { kind: 'text', text: 'plain text' }, output: undefined },
    ],
    0,
  ],
])('%s', (format, text, rows, skippedCount) => {
  it('is read when it is named and when it is found out, with a byte order mark too', () => {
    const expected = { format, rows, skippedCount };
    expect(parseDataset(text, format)).toEqual(expected);
    expect(parseDataset(text)).toEqual(expected);
    expect(parseDataset(`\uFEFF${text}\n`)).toEqual(expected);
  });
});

it('puts rows in order of time, equal times in the order of the file', () => {
  const line = (timestamp: unknown, prompt: string): string => JSON.stringify({ timestamp, prompt });
  const { rows } = parseDataset(
    [line(2, 'c'), line('1970-01-01T00:00:00.001Z', 'a'), line(2, 'd'), line(1.000_001, 'b')].join('\n'),
  );
  expect(
    rows.map(({ arrivalOffsetNs, prompt }) => [arrivalOffsetNs, 'text' in prompt && prompt.text]),
  ).toEqual([
    [0, 'a'],
    [1, 'b'],
    [1_000_000, 'c'],
    [1_000_000, 'd'],
  ]);
});

it('reads what a request must meet by itself, in one form whatever the words', () => {
  const lines = [
    '{"prompt": "a", "slo": "ttft:200ms fluidity:0.95"}',
    '{"prompt": "b"}',
    '{"messages": [{"role": "user", "content": "hi"}], "slo": "time_to_first_token<=0.2s, fluidity>=0.95"}',
  ];
  expect(parseDataset(lines.join('\n')).rows.map(({ slo }) => slo)).toEqual([
    'ttft:200ms fluidity:0.95',
    undefined,
    'ttft:200ms fluidity:0.95',
  ]);
  const block = '{"timestamp": TIME, "input_length": 9, "output_length": 1, "slo": "e2e:TIMEs"}';
  const blocks = [7, 3].map((time) => block.replaceAll('TIME', String(time)));
  expect(parseDataset(blocks.join('\n')).rows.map(({ slo }) => slo)).toEqual(['e2e:3s', 'e2e:7s']);
});

function problemsOf(text: string, format?: DatasetFormat): readonly string[] {
  try {
    parseDataset(text, format, 'x.data');
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
  return [];
}

describe('a bad data set', () => {
  it('names every line, what was expected and what came (CSV)', () => {
    const bad = `${AZURE}\r\n2023-13-16 18:15:46,374,44\r\n\r\n2023-11-16 18:15:46.1,0,-3\r\n2023-11-16 18:15:46.2,37.5\r\n`;
    expect(problemsOf(bad)).toEqual([
      'x.data, line 4: Expected a time such as 2023-11-16 18:15:46.6805900 for TIMESTAMP but received "2023-13-16 18:15:46"',
      'x.data, line 6: Expected a number of at least 1 for ContextTokens but received "0"',
      'x.data, line 6: Expected a whole number for GeneratedTokens but received "-3"',
      'x.data, line 7: Expected a whole number for ContextTokens but received "37.5"',
      'x.data, line 7: Expected a text for GeneratedTokens but received nothing',
    ]);
  });

  it('names every line, what was expected and what came (JSONL)', () => {
    const bad = [
      '{"timestamp": 0, "input_length": 1025, "output_length": 1, "hash_ids": [1]}',
      '{"timestamp": -1, "input_length": "5", "output_length": 1}',
      'nonsense',
      '[1]',
    ].join('\n');
    expect(problemsOf(bad)).toEqual([
      'x.data, line 1: Expected 3 ids, one for each 512 tokens of input_length, for hash_ids but received [1]',
      'x.data, line 2: Expected a number of at least 0 for timestamp but received -1',
      'x.data, line 2: Expected a number for input_length but received "5"',
      expect.stringContaining('x.data, line 3: Expected JSON but received something else'),
      'x.data, line 4: Expected an object for the line but received [1]',
    ]);
  });

  it('names the fields of a message line', () => {
    const bad = [
      '{"prompt": "a", "messages": []}',
      '{"prompt": "a", "timestamp": true}',
      '{"messages": [{"role": "user", "content": 5}]}',
      '{"text": 1}',
    ];
    expect(problemsOf(bad.join('\n'), 'messages')).toEqual([
      'x.data, line 1: Expected a list with a length of at least 1 for messages but received []',
      'x.data, line 1: Expected either "messages" or "prompt" for the line but received {"prompt":"a","messages":[]}',
      'x.data, line 2: Expected milliseconds or a time such as 2023-11-16T18:15:46Z for timestamp but received true',
      'x.data, line 3: Expected a text for messages.0.content but received 5',
      'x.data, line 4: Expected either "messages" or "prompt" for the line but received {"text":1}',
    ]);
  });

  it('names each wrong term of a request, beside what else is wrong on the line', () => {
    const bad = [
      '{"prompt": "a", "slo": "ttft:200ms"}',
      '{"prompt": "a", "slo": "ttft:200 patience:9", "max_tokens": 0}',
      '{"prompt": "a", "slo": "goodput>=99%"}',
      '{"prompt": "a", "slo": 5}',
      '{"prompt": "a", "slo": ""}',
      '{"slo": "tpot:x"}',
    ];
    const about = (line: number, word: string): unknown =>
      expect.stringMatching(
        `^x\\.data, line ${line}: Expected terms of a request \\("${word}": expected .+\\) for slo but`,
      );
    expect(problemsOf(bad.join('\n'))).toEqual([
      'x.data, line 2: Expected a number of at least 1 for max_tokens but received 0',
      about(2, 'ttft:200'),
      about(2, 'patience:9'),
      about(3, 'goodput>=99%'),
      'x.data, line 4: Expected a text for slo but received 5',
      'x.data, line 5: Expected terms of a request (expected at least one term such as ttft:500ms but received none) for slo but received ""',
      about(6, 'tpot:x'),
      'x.data, line 6: Expected either "messages" or "prompt" for the line but received {"slo":"tpot:x"}',
    ]);
    const mooncake =
      '{"timestamp": 0, "input_length": 9, "output_length": 1, "slo": "ttft", "hash_ids": [1, 2]}';
    expect(problemsOf(mooncake)).toEqual([
      about(1, 'ttft'),
      'x.data, line 1: Expected 1 ids, one for each 512 tokens of input_length, for hash_ids but received [1,2]',
    ]);
  });

  it('names the entries of a ShareGPT list, or the line where it stops being JSON', () => {
    expect(problemsOf('[{"conversations": []}, {"conversations": [{"from": "human"}]}, 7]')).toEqual([
      'x.data, entry 2: Expected a text for conversations.0.value but received nothing',
      'x.data, entry 3: Expected an object for the entry but received 7',
    ]);
    expect(problemsOf('[{\n"conversations":\n oops')).toEqual([
      expect.stringMatching(/^x\.data, .+: Expected JSON/),
    ]);
    expect(problemsOf('{"a": 1}', 'sharegpt')).toEqual([
      'x.data, line 1: Expected a list for the file but received {"a":1}',
    ]);
  });

  it('says which columns are missing, once', () => {
    expect(problemsOf('a,b\n1,2\n3,4\n', 'etalon')).toEqual([
      'x.data, line 1: Expected the columns num_prefill_tokens, num_decode_tokens for the header but received a, b',
    ]);
  });

  it('lists the first 20 bad rows and counts the others', () => {
    const problems = problemsOf(new Array<string>(50).fill('{"prompt": 5}').join('\n'));
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toBe('... and 30 more rows like these');
  });

  it('has no row without a time among others with one, nor times 104 days apart', () => {
    expect(problemsOf('{"prompt": "a", "timestamp": 1}\n{"prompt": "b"}')).toEqual([
      'x.data, line 2: Expected a timestamp, as other rows have one, but received nothing',
    ]);
    expect(
      problemsOf('{"prompt": "a", "timestamp": 0}\n{"prompt": "b", "timestamp": "2023-11-16T18:15:46Z"}'),
    ).toEqual([expect.stringContaining('x.data, line 2: Expected a timestamp within 104 days')]);
  });

  it.each(['', '\n\n', 'hello\n', '{"input', '{"a": 1}'])(
    'of no known format (%j) gets one error with all of them',
    (text) => {
      const problems = problemsOf(text);
      expect(problems).toHaveLength(1);
      for (const format of ['azure', 'mooncake', 'etalon', 'sharegpt', 'messages'])
        expect(problems[0]).toContain(format);
    },
  );

  it.each<[DatasetFormat, string]>([
    ['azure', 'TIMESTAMP,ContextTokens,GeneratedTokens\n'],
    ['sharegpt', '[]'],
    ['messages', '\n'],
  ])('without a request (%s) is refused', (format, text) => {
    expect(problemsOf(text, format)).toEqual([
      `Expected at least one request in x.data (${format}) but received none`,
    ]);
  });
});
