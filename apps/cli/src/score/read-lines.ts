import { FluidscopeError, messageOf, UsageError } from '@fluidscope/errors';
import { constants } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import type { CliContext } from '../cli-context.js';

const LINE_FEED = 0x0a;

export interface FileLines {
  readonly lines: Iterable<string>;
  readonly totalBytes: number;
}

/**
 * Reads a file, or stdin when `file` is `-`, whole, and gives its lines one by one: only lines become strings, so that
 * a file may be larger than the longest string there is.
 */
export async function readLines(file: string, context: CliContext): Promise<FileLines> {
  const { stdin, interrupted } = context;
  const source: Readable = file === '-' ? stdin : createReadStream(file);
  const parts: Buffer[] = [];
  try {
    addAbortSignal(interrupted, source);
    for await (const part of source) parts.push(Buffer.from(part as Uint8Array));
  } catch (thrown) {
    throw interrupted.aborted ? readingInterrupted(thrown) : cannotRead(file, thrown);
  }
  return { lines: linesOf(parts), totalBytes: parts.reduce((sum, part) => sum + part.length, 0) };
}

/** Lines without their ends, whichever parts their bytes came in. */
export function* linesOf(parts: readonly Buffer[]): Generator<string> {
  let open: Buffer[] = [];
  for (const part of parts) {
    let from = 0;
    for (let to = part.indexOf(LINE_FEED); to !== -1; to = part.indexOf(LINE_FEED, from)) {
      open.push(part.subarray(from, to));
      yield textOf(open);
      open = [];
      from = to + 1;
    }
    if (from < part.length) open.push(part.subarray(from));
  }
  if (open.length > 0) yield textOf(open);
}

function textOf(parts: readonly Buffer[]): string {
  const bytes = Buffer.concat(parts);
  if (bytes.length > constants.MAX_STRING_LENGTH) {
    throw new UsageError([`Expected lines below 512 MiB but received one of ${bytes.length} bytes`], {
      code: 'score.line-too-long',
    });
  }
  return bytes.toString('utf8');
}

function cannotRead(file: string, cause: unknown): UsageError {
  return new UsageError(
    [`FILE: expected a file that can be read but received "${file}": ${messageOf(cause)}`],
    {
      code: 'score.unreadable',
      hint: 'Name a file of token timings, or - to read standard input.',
      cause,
    },
  );
}

function readingInterrupted(cause: unknown): FluidscopeError {
  return new FluidscopeError('Interrupted while reading; nothing was scored', {
    code: 'score.interrupted',
    cause,
  });
}
