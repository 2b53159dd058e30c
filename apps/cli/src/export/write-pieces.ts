import { EXIT_STATUS, FluidscopeError, messageOf, UsageError } from '@fluidscope/errors';
import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface WrittenFile {
  readonly path: string;
  readonly bytes: number;
}

/** Throws a `UsageError` with every file that is there, unless they may be replaced. */
export function refuseExisting(paths: readonly string[], mayReplace: boolean): void {
  const existing = mayReplace ? [] : paths.filter((path) => existsSync(path));
  if (existing.length === 0) return;
  throw new UsageError(
    existing.map((path) => `Expected a new file for the export but ${path} exists`),
    { code: 'export.exists', hint: 'Give another folder with -o, or replace the files with --force.' },
  );
}

/** Writes pieces as they come, beside the file's place, and moves it there when it is whole. */
export async function writePieces(
  path: string,
  pieces: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
  signal: AbortSignal,
): Promise<WrittenFile> {
  const partialPath = `${path}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const bytes = await writeAll(partialPath, pieces, signal);
    await rename(partialPath, path);
    return { path, bytes };
  } catch (thrown) {
    await rm(partialPath, { force: true }).catch(() => undefined);
    throw signal.aborted || !isFileError(thrown) ? thrown : notWritten(path, thrown);
  }
}

/** What pieces add up to before they are written: a write for each of a million short texts would take minutes. */
const WRITE_BYTES = 256 * 1024;

async function writeAll(
  path: string,
  pieces: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
  signal: AbortSignal,
): Promise<number> {
  const file = await open(path, 'w');
  let bytes = 0;
  let held: Buffer[] = [];
  let heldBytes = 0;
  const flush = async (): Promise<void> => {
    await file.writeFile(Buffer.concat(held));
    [held, heldBytes] = [[], 0];
  };
  try {
    for await (const piece of pieces) {
      if (signal.aborted) throw interrupted(path);
      const buffer = typeof piece === 'string' ? Buffer.from(piece) : Buffer.from(piece);
      held.push(buffer);
      heldBytes += buffer.length;
      bytes += buffer.length;
      if (heldBytes >= WRITE_BYTES) await flush();
    }
    await flush();
    return bytes;
  } finally {
    await file.close();
  }
}

function isFileError(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && 'syscall' in thrown;
}

function interrupted(path: string): FluidscopeError {
  return new FluidscopeError(
    `Interrupted before ${path.replace(/\.partial$/, '')} was whole: it was not written`,
    {
      code: 'export.interrupted',
      hint: 'Run the command again.',
      exitStatus: EXIT_STATUS.runFailed,
    },
  );
}

function notWritten(path: string, thrown: unknown): FluidscopeError {
  return new FluidscopeError(`Expected to write ${path} but could not: ${messageOf(thrown)}`, {
    code: 'export.failed',
    hint: 'Give another folder with -o.',
    exitStatus: EXIT_STATUS.runFailed,
  });
}
