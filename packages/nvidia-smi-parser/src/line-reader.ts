import { LineSplitter } from './line-splitter.js';
import { ProblemList } from './problem-list.js';
import type { SmiRecord, SmiText } from './smi-record.js';

/** Reads one line; `undefined` when it is no record (a header, a message, nothing). */
export type ReadLine = (line: string, problems: ProblemList) => SmiRecord | undefined;

/**
 * Reads a long-lived child's output as it comes: each call returns the records of the lines that it completed, with their problems.
 * Text split anywhere gives the same records. Memory is bounded by one line.
 */
export class SmiLineReader {
  readonly #readLine: ReadLine;
  readonly #splitter = new LineSplitter((start) => this.#problems.add('line too long', start));
  #problems = new ProblemList();

  constructor(readLine: ReadLine) {
    this.#readLine = readLine;
  }

  feed(chunk: string): SmiText {
    return this.#read(this.#splitter.feed(chunk));
  }

  /** What an unfinished last line still holds; call it when the child has ended. */
  end(): SmiText {
    return this.#read(this.#splitter.end());
  }

  #read(lines: readonly string[]): SmiText {
    const records = lines.flatMap((line) => {
      const record = line.trim() === '' ? undefined : this.#readLine(line, this.#problems);
      return record === undefined ? [] : [record];
    });
    const result = { records, ...this.#problems.result() };
    this.#problems = new ProblemList();
    return result;
  }
}

/** All of a text at once. */
export function readAll(reader: SmiLineReader, text: string): SmiText {
  const parts = [reader.feed(text), reader.end()];
  return {
    records: parts.flatMap((part) => part.records),
    problems: parts.flatMap((part) => part.problems),
    moreProblemsCount: parts.reduce((sum, part) => sum + part.moreProblemsCount, 0),
  };
}
