import { readAiperf } from './aiperf.js';
import { readEtalon } from './etalon.js';
import { TIMING_FORMATS, type ImportedTimings, type TimingFormat } from './imported-timings.js';
import {
  numberedLines,
  parseJson,
  parseRecord,
  splitLines,
  tryParseJson,
  type NumberedLine,
  type NumberedRecord,
} from './json-text.js';
import { readJsonl } from './jsonl.js';
import { recogniseFormat, relativeHint } from './recognise-format.js';
import { readVllm } from './vllm.js';
import { wrongShape } from './wrong-shape.js';

export interface ImportOptions {
  /** What the file is; told from its first record when absent. */
  readonly format?: TimingFormat;
}

/**
 * Reads token timings that another tool recorded, from a file's text or its lines. A file without a record gives no
 * requests. A file of another shape throws one `UsageError` that names the place, what was expected and what came.
 */
export function importTimings(
  input: string | Iterable<string>,
  { format }: ImportOptions = {},
): ImportedTimings {
  const records = openRecords(numberedLines(typeof input === 'string' ? splitLines(input) : input));
  const first = records.next();
  if (first.done === true)
    return { format: format ?? 'jsonl', requests: [], durationNs: undefined, warnings: [] };
  const chosen = chooseFormat(first.value, format);
  switch (chosen) {
    case 'jsonl':
      return readJsonl(startingWith(first.value, records));
    case 'aiperf':
      return readAiperf(startingWith(first.value, records));
    case 'etalon':
      return readEtalon(onlyDocument(first.value, records));
    case 'vllm':
      return readVllm(onlyDocument(first.value, records));
  }
}

/** The JSON values of the lines; a document that spans several lines is one value. */
function* openRecords(lines: Iterator<NumberedLine>): Generator<NumberedRecord> {
  const opening = lines.next();
  if (opening.done === true) return;
  const value = tryParseJson(opening.value.text);
  if (value === undefined) {
    yield wholeDocument(opening.value, lines);
    return;
  }
  yield { line: opening.value.line, value };
  for (let next = lines.next(); next.done !== true; next = lines.next()) yield parseRecord(next.value);
}

/** Node's longest string, less some room. */
const LONGEST_DOCUMENT_LENGTH = 2 ** 29 - 1_000;

/** The first line alone is no JSON: an opening brace's whole document may be, and if not, the error names its wrong line. */
function wholeDocument(opening: NumberedLine, rest: Iterator<NumberedLine>): NumberedRecord {
  const { line, text } = opening;
  if (!/^\s*[{[]/.test(text)) return parseRecord(opening);
  const texts = [text];
  let { length } = text;
  for (let next = rest.next(); next.done !== true; next = rest.next()) {
    // Blank lines were dropped: put them back, or the error names a wrong line.
    while (line + texts.length < next.value.line) texts.push('');
    texts.push(next.value.text);
    length += next.value.text.length + 1;
    if (length > LONGEST_DOCUMENT_LENGTH) {
      throw wrongShape({ expected: 'less than 512 MiB', name: 'one JSON document', received: 'more', line });
    }
  }
  return { line, value: parseJson(texts.join('\n'), line) };
}

function chooseFormat({ line, value }: NumberedRecord, asked: TimingFormat | undefined): TimingFormat {
  const recognised = recogniseFormat(value);
  const hint =
    recognised === undefined
      ? relativeHint(value)
      : `It looks like ${recognised}: try --format ${recognised}.`;
  const fits = asked === undefined ? recognised !== undefined : recognised === asked || hint === undefined;
  if (!fits) {
    throw wrongShape({
      expected: asked === undefined ? `token timings (${TIMING_FORMATS.join(', ')})` : `the format ${asked}`,
      name: 'the first record',
      received: value,
      line,
      hint: hint ?? 'Say what the file is with --format: the error then says what it lacks.',
    });
  }
  return asked ?? recognised ?? 'jsonl';
}

function* startingWith<T>(first: T, rest: Iterable<T>): Generator<T> {
  yield first;
  yield* rest;
}

function onlyDocument(first: NumberedRecord, rest: Iterator<NumberedRecord>): unknown {
  const next = rest.next();
  if (next.done !== true) {
    throw wrongShape({
      expected: 'the end of the file',
      name: 'what follows the first result',
      received: next.value.value,
      line: next.value.line,
      hint: 'The file holds several results: score each line as a file of its own.',
    });
  }
  return first.value;
}
