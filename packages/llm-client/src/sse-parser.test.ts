import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SseParser } from './sse-parser.js';
import { cutAt } from './testing/read-stream.js';

function parse(pieces: readonly Buffer[], largestEventBytes?: number): [name: string, data: string][] {
  const events: [string, string][] = [];
  const held: { bytes: Buffer; start: number; end: number; name: string }[] = [];
  const parser = new SseParser(
    {
      onEvent: (bytes, start, end, name) => {
        held.push({ bytes, start, end, name });
        events.push([name, bytes.toString('utf8', start, end)]);
      },
    },
    largestEventBytes,
  );
  for (const piece of pieces) parser.feed(piece);
  parser.end();
  // The bytes of an event stay as they were: nothing is written over them later.
  expect(held.map(({ bytes, start, end, name }) => [name, bytes.toString('utf8', start, end)])).toEqual(
    events,
  );
  return events;
}

const text = (source: string): Buffer[] => [Buffer.from(source)];

describe('SseParser', () => {
  it.each([
    ['one event', 'data: a\n\n', [['', 'a']]],
    ['no space after the colon', 'data:a\n\n', [['', 'a']]],
    ["one space only is the colon's", 'data:  a\n\n', [['', ' a']]],
    ['several lines', 'data: a\ndata\ndata: b\ndata:\n\n', [['', 'a\n\nb\n']]],
    [
      'a name',
      'event: x\ndata: a\n\ndata: b\n\n',
      [
        ['x', 'a'],
        ['', 'b'],
      ],
    ],
    ['a name alone', 'event: x\n\ndata: b\n\n', [['', 'b']]],
    ['comments', ': hi\n:\ndata: a\n:x\n\n', [['', 'a']]],
    ['id, retry and unknown fields', 'id: 7\nretry: 5\nfoo: bar\nbaz\ndata: a\n\n', [['', 'a']]],
    ['empty data', 'data\n\ndata:\n\ndata: \n\n', []],
    ['fields that only begin like data', 'dataset: x\ndat: y\n\n', []],
    [
      'no blank line at the end',
      'data: a\n\ndata: b',
      [
        ['', 'a'],
        ['', 'b'],
      ],
    ],
    [
      'CR alone',
      'data: a\r\rdata: b\r\r',
      [
        ['', 'a'],
        ['', 'b'],
      ],
    ],
    [
      'CRLF',
      'data: a\r\n\r\ndata: b\r\n\r\n',
      [
        ['', 'a'],
        ['', 'b'],
      ],
    ],
    [
      'endings mixed',
      'data: a\r\n\ndata: b\n\r\ndata: c\r\n\rdata: d\n\r',
      [
        ['', 'a'],
        ['', 'b'],
        ['', 'c'],
        ['', 'd'],
      ],
    ],
    ['an error field', 'error: {"message":"x"}\n\n', [['error', '{"message":"x"}']]],
  ])('reads %s', (_what, source, events) => {
    expect(parse(text(source))).toEqual(events);
  });

  it('takes CRLF cut in the middle for one ending', () => {
    expect(parse(['data: a\r', '\n', 'data: b\r', '\n\r', '\n'].map((piece) => Buffer.from(piece)))).toEqual([
      ['', 'a\nb'],
    ]);
  });

  it('takes an empty read between CR and LF for nothing', () => {
    expect(parse(['data: a\r', '', '\ndata: b\n\n'].map((piece) => Buffer.from(piece)))).toEqual([
      ['', 'a\nb'],
    ]);
  });

  it('finds the same events wherever the reads cut, whatever the lines and endings', () => {
    const line = fc.oneof(
      fc.constantFrom('', 'data: x', 'data:y', 'data', ': c', 'event: e', 'id: 1', 'z', 'data: é🙂'),
      fc.string({ unit: 'binary', maxLength: 12 }).map((value) => value.replace(/[\r\n]/g, '')),
    );
    const source = fc
      .array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')), { maxLength: 12 })
      .map((lines) => Buffer.from(lines.flat().join('')));
    fc.assert(
      fc.property(source, fc.array(fc.nat(), { maxLength: 6 }), (bytes, cuts) => {
        const places = cuts.map((cut) => cut % (bytes.length + 1));
        expect(parse(cutAt(bytes, places))).toEqual(parse([bytes]));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['a long line in one read', [`data: ${'x'.repeat(200)}`]],
    ['a long line in many reads', Array.from({ length: 200 }, () => 'x')],
    ['many lines of one event', Array.from({ length: 200 }, () => 'data: x\n')],
  ])('refuses an event beyond the limit: %s', (_what, pieces) => {
    expect(() =>
      parse(
        pieces.map((piece) => Buffer.from(piece)),
        100,
      ),
    ).toThrow(/at most 100 bytes/);
  });

  it('reads an event of megabytes that comes in small pieces in linear time', () => {
    const data = 'y'.repeat(4 * 1_024 * 1_024);
    const source = Buffer.from(`data: ${data}\n\n`);
    const pieces: Buffer[] = [];
    for (let at = 0; at < source.length; at += 512) pieces.push(source.subarray(at, at + 512));
    expect(parse(pieces)[0]?.[1].length).toBe(data.length);
  });
});
