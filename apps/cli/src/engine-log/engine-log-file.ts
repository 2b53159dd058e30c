import { UsageError } from '@fluidscope/errors';
import { parseEngineLog, placeEngineLog, type PlacedEngineLog } from '@fluidscope/server-metrics';
import type { WallNs } from '@fluidscope/units';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';

/** About a million steps; of a longer log the end is read. */
const MOST_BYTES = 256 * 1_024 * 1_024;
const NS_PER_MS = 1_000_000n;
const NS_PER_MINUTE = 60e9;

/** Rejects when the file cannot be read. */
export async function readEngineLog(path: string): Promise<ReturnType<typeof parseEngineLog>> {
  const file = await open(path, 'r');
  try {
    const stats = await file.stat();
    // A pipe would be waited for, perhaps for ever.
    if (!stats.isFile()) throw new UsageError([`Expected a file for --engine-log but ${path} is none`]);
    const length = Math.min(stats.size, MOST_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, stats.size - length);
    return parseEngineLog(buffer.subarray(0, bytesRead).toString('utf8'));
  } finally {
    await file.close();
  }
}

export interface LoggedRun {
  readonly startedWallNs: WallNs;
  readonly endedNs: number;
}

/** Lays a log beside a run, its stamps taken to be of this machine's zone (`TZ`) or of UTC. */
export async function placeEngineLogFile(path: string, run: LoggedRun): Promise<PlacedEngineLog> {
  const { lines } = await readEngineLog(path);
  const startedAt = new Date(Number(run.startedWallNs / NS_PER_MS));
  return placeEngineLog(lines, {
    ...run,
    zoneOffsetNs: -startedAt.getTimezoneOffset() * NS_PER_MINUTE,
    source: `engine-log:${basename(path)}`,
  });
}

/** What a log gave, where that is less than it was read for; for people. */
export function engineLogProblems(path: string, { linesCount, looseStepsCount }: PlacedEngineLog): string[] {
  if (linesCount === 0)
    return [
      `${path} has no line of this run that is understood: expected vLLM's, with times within the run in this machine's zone (TZ) or UTC`,
    ];
  if (looseStepsCount === 0) return [];
  return [
    `${looseStepsCount} engine steps in ${path} are dated too loosely to use: give its lines milliseconds (docs/diagnosis.md)`,
  ];
}
