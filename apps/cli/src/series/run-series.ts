import { messageOf } from '@fluidscope/errors';
import type { RunFigures } from './run-figures.js';
import type { SeriesLog } from './series-log.js';
import { dueMs, isMissed, slotsCount, type SeriesSchedule } from './series-schedule.js';

/** Port: wall time. */
export interface SeriesTime {
  nowMs(): number;
  /** Resolves at `atMs`, or when `signal` is aborted. */
  waitUntil(atMs: number, signal: AbortSignal): Promise<void>;
}

export interface MeasuredSlot {
  readonly trace: string;
  readonly figures: RunFigures;
}

export interface SeriesParts {
  readonly schedule: SeriesSchedule;
  readonly log: SeriesLog;
  readonly time: SeriesTime;
  /** One run, to its end. What it throws is that slot's failure and no other's. */
  readonly runSlot: (slot: number) => Promise<MeasuredSlot>;
  /** Removes a trace. */
  readonly removeTrace: (trace: string) => Promise<void>;
  /** So many newest traces stay; `undefined` keeps all. */
  readonly keptTracesCount: number | undefined;
  readonly interrupted: AbortSignal;
  readonly onSlot?: (notice: SlotNotice) => void;
}

export type SlotNotice =
  | { readonly kind: 'waiting'; readonly slot: number; readonly untilMs: number }
  | { readonly kind: 'missed'; readonly slot: number }
  | { readonly kind: 'failed'; readonly slot: number; readonly reason: string }
  | { readonly kind: 'measured'; readonly slot: number; readonly figures: RunFigures };

/**
 * Runs what is left of a series: each slot once, one after another. A slot that went by while another ran, or while nobody was there, is recorded as
 * missed and not made up for. Resolves when every slot has its entry, or at the end of the run that an interruption ends.
 */
export async function runSeries(parts: SeriesParts): Promise<void> {
  const { schedule, log, time, interrupted } = parts;
  closeCutShort(parts);
  let ranHere = false;
  for (const slot of openSlots(parts)) {
    if (interrupted.aborted) return;
    if (isMissed(schedule, slot, time.nowMs())) {
      log.append({ kind: 'missed', slot, reason: ranHere ? 'run_in_progress' : 'not_running' });
      parts.onSlot?.({ kind: 'missed', slot });
      continue;
    }
    const untilMs = dueMs(schedule, slot);
    parts.onSlot?.({ kind: 'waiting', slot, untilMs });
    await time.waitUntil(untilMs, interrupted);
    if (isAborted(interrupted)) return;
    await runOne(parts, slot);
    ranHere = true;
  }
}

/** A wait may change it: a signal that was looked at before is not what it was. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** Slots without an outcome. */
function openSlots({ schedule, log }: SeriesParts): readonly number[] {
  const done = new Set(log.entries.flatMap((entry) => ('slot' in entry ? [entry.slot] : [])));
  return Array.from({ length: slotsCount(schedule) }, (_, slot) => slot).filter((slot) => !done.has(slot));
}

/** A run that had begun when the program was killed: its trace is there, cut short, and no figure is taken of it. */
function closeCutShort({ log }: SeriesParts): void {
  const last = log.entries.at(-1);
  if (last?.kind !== 'started') return;
  log.append({
    kind: 'failed',
    slot: last.slot,
    at_ms: last.at_ms,
    ended_ms: last.at_ms,
    reason: 'the program ended while it ran',
  });
}

async function runOne(parts: SeriesParts, slot: number): Promise<void> {
  const { log, time } = parts;
  const at = { slot, at_ms: time.nowMs() };
  log.append({ kind: 'started', ...at });
  try {
    const measured = await parts.runSlot(slot);
    log.append({ kind: 'run', ...at, ended_ms: time.nowMs(), ...measured });
    parts.onSlot?.({ kind: 'measured', slot, figures: measured.figures });
  } catch (thrown) {
    const reason = messageOf(thrown);
    log.append({ kind: 'failed', ...at, ended_ms: time.nowMs(), reason });
    parts.onSlot?.({ kind: 'failed', slot, reason });
  }
  await removeOldTraces(parts);
}

async function removeOldTraces({ log, keptTracesCount, removeTrace }: SeriesParts): Promise<void> {
  if (keptTracesCount === undefined) return;
  const removed = new Set(log.entries.flatMap((entry) => (entry.kind === 'removed' ? [entry.slot] : [])));
  const held = log.entries.flatMap((entry) =>
    entry.kind === 'run' && !removed.has(entry.slot) ? [entry] : [],
  );
  for (const { slot, trace } of held.slice(0, Math.max(0, held.length - keptTracesCount))) {
    await removeTrace(trace);
    log.append({ kind: 'removed', slot });
  }
}
