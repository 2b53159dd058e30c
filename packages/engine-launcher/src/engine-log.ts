import { open, type FileHandle } from 'node:fs/promises';

const READ_BYTES = 64 * 1024;
const MAX_LINE_CHARS = 400;
// Escape sequences of a terminal, then every other control character: a log must not write into the reader's terminal.
const ESCAPES = new RegExp(
  '\\u001b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)|.)',
  'g',
);
const CONTROLS = new RegExp(
  '[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]',
  'g',
);

/**
 * The last lines of a log that have something to say, oldest first, without control characters, each cut at 400 characters. Reads 64 KiB
 * however large the file is. Empty where there is no file.
 */
export async function lastLogLines(path: string, count: number): Promise<readonly string[]> {
  return cleanLines(await readEnd(path)).slice(-count);
}

/** Exported for its tests. */
export function cleanLines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => lastOverwrite(line.replace(ESCAPES, '')).replace(CONTROLS, '').trimEnd())
    .filter((line) => line !== '')
    .map((line) => (line.length > MAX_LINE_CHARS ? `${line.slice(0, MAX_LINE_CHARS)} [...]` : line));
}

/** A progress bar writes its line again and again behind carriage returns: a terminal shows the last. */
function lastOverwrite(line: string): string {
  return line.trimEnd().split('\r').at(-1) ?? '';
}

async function readEnd(path: string): Promise<string> {
  const file = await openIfThere(path);
  if (file === undefined) return '';
  try {
    const { size } = await file.stat();
    const length = Math.min(size, READ_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await file.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
}
