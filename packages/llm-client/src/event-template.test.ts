import { describe, expect, it } from 'vitest';
import { ENDPOINTS } from './endpoints/index.js';
import { EventTemplate } from './event-template.js';
import { readStream } from './testing/read-stream.js';

const event = (content: string, more: object = {}): string =>
  JSON.stringify({ id: 'r', choices: [{ index: 0, delta: { content }, finish_reason: null }], ...more });

function learn(content: string, text = event(content)): EventTemplate | undefined {
  return EventTemplate.learn(ENDPOINTS.chat, Buffer.from(text), { kind: 'content', text: content });
}

function match(template: EventTemplate | undefined, text: string): string | undefined {
  const bytes = Buffer.from(`xx${text}yy`);
  return template?.match(bytes, 2, bytes.length - 2);
}

describe('EventTemplate', () => {
  it.each(['b', ' two words', 'é', '日本', '🙂', 'content', '{}', "'", '\u2028'])('reads %j', (content) => {
    expect(match(learn('a'), event(content))).toBe(content);
  });

  it.each([
    ['an escape', event('a\n')],
    ['a quote', event('"')],
    ['a backslash', event('\\')],
    ['no text', event('')],
    ['a raw control character', event('a').replace('"a"', '"\u0001"')],
    ['a string closed and another opened', event('a').replace('"a"', '"a","role":"b"')],
    ['another id', event('b').replace('"r"', '"q"')],
    ['a finish reason', event('b').replace('null', '"stop"')],
    ['more after it', `${event('b')} `],
    ['the beginning only', event('b').slice(0, 30)],
    ['nothing', ''],
  ])('leaves %s to the parser', (_what, text) => {
    expect(match(learn('a'), text)).toBeUndefined();
  });

  it.each([
    ['that is the name of a field as well', 'content'],
    ['that is another value as well', 'r'],
  ])('finds the text %s', (_what, content) => {
    expect(match(learn(content), event('other'))).toBe('other');
  });

  it.each([
    ['usage', event('a', { usage: { prompt_tokens: 1, completion_tokens: 2 } })],
    ['a finish reason', event('a').replace('null', '"stop"')],
    ['two pieces', event('a').replace('"content"', '"reasoning":"b","content"')],
    ['text that it writes with an escape', event('a').replace('"a"', '"\\u0061"')],
  ])('learns nothing from an event with %s', (_what, text) => {
    expect(learn('a', text)).toBeUndefined();
  });
});

describe('a reader with templates', () => {
  const sse = (events: readonly string[]): string => events.map((text) => `data: ${text}\n\n`).join('');

  it('reads a change of the fields around the text', () => {
    const events = ['a', 'b', 'c'].flatMap((id) =>
      ['1', '2', '3'].map((content) => event(content).replace('"r"', JSON.stringify(id))),
    );
    const { chunks } = readStream('chat', [sse(events), 'data: [DONE]\n\n']);
    expect(chunks.map(([, text]) => text).join('')).toBe('123123123');
  });

  it('reads the same of events that come one a read, also where another begins or ends within', () => {
    const whole = ['a', 'b', 'c', 'd'].map((content) => sse([event(content)]));
    const [first = '', second = '', third = '', fourth = ''] = whole;
    const many = sse(['e', 'f'].map((content) => event(content)));
    const ways = [
      whole,
      whole.map((text) => text.replaceAll('\n', '\r\n')),
      [first, second.slice(0, 9), second.slice(9), third, fourth],
      [first, second.slice(0, -1), `\n${third}`, fourth],
      [first, `${second.slice(0, -2)}\r`, `\n\r`, `\n${third}`, fourth],
      [first, 'event: message\n', second, third, `: a comment\n\n${fourth}`],
      [first, 'data: ', second, third, fourth],
      [first, second.replace('"choices"', '\ndata: "choices"'), third, many, fourth],
      [first, second, 'data: [DONE]\n\n', third],
      [first, 'event: error\n', second],
    ];
    for (const pieces of ways) {
      const { problem, ...read } = readStream('chat', pieces);
      const { problem: parsedProblem, ...parsed } = readStream('chat', pieces, 0);
      expect(read, JSON.stringify(pieces)).toEqual(parsed);
      expect(problem?.message).toBe(parsedProblem?.message);
    }
  });

  it('keeps no template of an event of several lines, which it would take for one', () => {
    const lines = event('a').replace('"choices"', '\n"choices"');
    expect(learn('a', lines)).toBeUndefined();
    const pieces = ['a', 'b'].map(
      (content) => `data: ${event(content).replace('"choices"', '\n"choices"')}\n\n`,
    );
    const asLines = pieces.map((text) => text.replace('\n"choices"', '\ndata: "choices"'));
    expect(readStream('chat', [...asLines, ...pieces])).toEqual(
      readStream('chat', [...asLines, ...pieces], 0),
    );
  });

  it('takes an error of the same text for an error', () => {
    const { problem } = readStream('chat', [
      sse([event('a'), event('b')]),
      `event: error\n${sse([event('b')])}`,
    ]);
    expect(problem?.code).toBe('server_error');
  });
});
