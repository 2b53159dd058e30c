import { parse, type ParseError } from 'jsonc-parser';
import { wrongShape } from './wrong-shape.js';

/** One line of a file, counted from 1. */
export interface NumberedLine {
  readonly line: number;
  readonly text: string;
}

/** One line's JSON value. */
export interface NumberedRecord {
  readonly line: number;
  readonly value: unknown;
}

/** The lines of a text, without their ends. */
export function* splitLines(text: string): Generator<string> {
  let from = 0;
  for (let to = text.indexOf('\n'); to !== -1; to = text.indexOf('\n', from)) {
    yield text.slice(from, to);
    from = to + 1;
  }
  if (from < text.length) yield text.slice(from);
}

/** The lines that hold something, with their numbers; a byte order mark is dropped. */
export function* numberedLines(lines: Iterable<string>): Generator<NumberedLine> {
  let line = 0;
  for (const raw of lines) {
    line += 1;
    const text = line === 1 ? raw.replace(/^\uFEFF/, '') : raw;
    if (text.trim() !== '') yield { line, text };
  }
}

/** The JSON value of a text, or `undefined` when it is none; JSON itself has no undefined. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function parseRecord({ line, text }: NumberedLine): NumberedRecord {
  return { line, value: parseJson(text, line) };
}

/** Parses a text that starts at `firstLine` of its file; the error names the place of the first wrong character. */
export function parseJson(text: string, firstLine: number): unknown {
  const value = tryParseJson(text);
  if (value === undefined) throw notJson(text, firstLine);
  return value;
}

/** The engine's own error often names no place: a second parser that goes on after errors finds the first one. */
function notJson(text: string, firstLine: number): Error {
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true });
  const offset = errors[0]?.offset ?? text.length;
  const before = text.slice(0, offset);
  const [received = ''] = text.slice(offset).split('\n', 1);
  return wrongShape({
    expected: 'JSON',
    name: `column ${offset - before.lastIndexOf('\n')}`,
    received: received === '' ? undefined : received,
    line: firstLine + before.split('\n').length - 1,
    ...(/^-?(NaN|Infinity)/.test(received) ? { hint: NOT_A_NUMBER_HINT } : {}),
  });
}

const NOT_A_NUMBER_HINT = 'Python writes NaN and Infinity, which are not JSON: replace them by null.';
