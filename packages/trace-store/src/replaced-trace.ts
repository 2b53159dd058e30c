import { existsSync, renameSync, rmSync } from 'node:fs';

/** A database is the file and, until it is closed, its log. */
const SUFFIXES = ['', '.wal'];

/** What stood where a trace is to be written, moved aside until the new one is there. */
export interface ReplacedTrace {
  /** Puts it back. */
  restore(): void;
  remove(): void;
}

/** Moves the file at `path` and its log aside, if there are any. */
export function moveAside(path: string): ReplacedTrace {
  const moved = SUFFIXES.map((suffix) => ({ from: path + suffix, to: `${path}.replaced${suffix}` })).filter(
    ({ from }) => existsSync(from),
  );
  for (const { from, to } of moved) renameSync(from, to);
  return {
    restore: () => moved.forEach(({ from, to }) => renameSync(to, from)),
    remove: () => moved.forEach(({ to }) => rmSync(to)),
  };
}

export function removeTrace(path: string): void {
  for (const suffix of SUFFIXES) rmSync(path + suffix, { force: true });
}

/** The first of the trace's files that exists. */
export function existingFileOf(path: string): string | undefined {
  return SUFFIXES.map((suffix) => path + suffix).find((file) => existsSync(file));
}
