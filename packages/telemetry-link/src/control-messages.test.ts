import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseAgentMessage, parseReaderMessage } from './control-messages.js';

const SUBSCRIBE = {
  type: 'subscribe',
  link_version: 1,
  selection: { metric_ids: [1, 5], max_hz: 10 },
  resume: { stream_id: 's', next_seq: 5 },
};

it('reads what a reader says', () => {
  expect(parseReaderMessage(JSON.stringify(SUBSCRIBE))).toEqual({ message: SUBSCRIBE });
});

it('reads times beyond 2^53 exactly', () => {
  const loss = { type: 'loss', seq: 1, covers_from: 1, reason: 'ring_overrun', count: 3 };
  const text = JSON.stringify({ ...loss, from_mono_ns: '9007199254740993', to_mono_ns: '9007199254740995' });
  expect(parseAgentMessage(text)).toEqual({
    message: { ...loss, from_mono_ns: 9_007_199_254_740_993n, to_mono_ns: 9_007_199_254_740_995n },
  });
});

it.each([
  ['{', 'expected a JSON message but received "{"'],
  ['{"type":"shout"}', 'type: '],
  ['{"type":"subscribe","link_version":2}', 'link_version: '],
  ['{"type":"subscribe","link_version":1,"selection":{"metric_ids":[0]}}', 'selection.metric_ids.0: '],
  ['{"type":"subscribe","link_version":1,"selection":{"metrics":[1]}}', 'selection: '],
  ['{"type":"subscribe","link_version":1,"selection":{"max_hz":0}}', 'selection.max_hz: '],
  ['null', 'message: '],
])('says in one line what is wrong with %s', (text, problem) => {
  const parsed = parseReaderMessage(text);
  expect('problem' in parsed && parsed.problem).toContain(problem);
});

it('answers any text with a message or a problem', () => {
  const texts = fc.oneof(fc.string(), fc.json(), mutated(JSON.stringify(SUBSCRIBE)));
  fc.assert(
    fc.property(texts, (text) => {
      for (const parsed of [parseReaderMessage(text), parseAgentMessage(text)]) {
        const isProblem = 'problem' in parsed && parsed.problem.length > 0 && !parsed.problem.includes('\n');
        expect(isProblem || 'message' in parsed).toBe(true);
      }
    }),
    { numRuns: 1_000 },
  );
});

function mutated(text: string): fc.Arbitrary<string> {
  return fc
    .tuple(fc.nat(text.length), fc.nat(5), fc.string({ maxLength: 5 }))
    .map(([at, cut, added]) => text.slice(0, at) + added + text.slice(at + cut));
}
