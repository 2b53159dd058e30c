import { expect, it } from 'vitest';
import { NdjsonParser } from './ndjson-parser.js';

it.each([
  ['lines', ['{"a":1}\n{"b":2}\n'], ['{"a":1}', '{"b":2}']],
  ['empty lines and CRLF', ['{"a":1}\r\n\n\r\n{"b":2}\n'], ['{"a":1}', '{"b":2}']],
  ['a last line without ending', ['{"a":1}\n{"b"', ':2}'], ['{"a":1}', '{"b":2}']],
  ['nothing', [''], []],
])('reads %s', (_what, pieces, expected) => {
  const lines: string[] = [];
  const parser = new NdjsonParser({
    onEvent: (bytes, start, end) => lines.push(bytes.toString('utf8', start, end)),
  });
  for (const piece of pieces) parser.feed(Buffer.from(piece));
  parser.end();
  expect(lines).toEqual(expected);
});
