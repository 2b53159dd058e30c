import { readEngineLogLine, type EngineLogLine } from './engine-log-line.js';

export interface ParsedEngineLog {
  /** In the order of the file. */
  readonly lines: readonly EngineLogLine[];
  /** Lines that say when, and nothing that is understood. */
  readonly otherCount: number;
  /** Lines that are not empty and do not say when. */
  readonly unstampedCount: number;
}

/** Reads the log of a vLLM server. Never throws, whatever the text is: what is not understood is counted. */
export function parseEngineLog(text: string): ParsedEngineLog {
  const lines: EngineLogLine[] = [];
  let [otherCount, unstampedCount] = [0, 0];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const read = readEngineLogLine(line);
    if (read === 'other') otherCount += 1;
    else if (read === 'no-stamp') unstampedCount += 1;
    else lines.push(read);
  }
  return { lines, otherCount, unstampedCount };
}
