import { z } from 'zod';

const TIMESTAMP = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?\s*(Z|[+-]\d{2}:?\d{2})?$/;
/** The year 2286 after the Unix epoch, in case that is the clock. */
const MAX_TIMESTAMP_MS = 1e13;
const NS_PER_MS = 1_000_000n;

/**
 * Reads `2023-11-16 18:15:46.6805900` to the nanosecond since the Unix epoch; `T`, up to nine decimals and an offset are
 * fine, and no offset is UTC. `undefined` for anything else, also for a day or hour that does not exist.
 */
export function parseTimestampNs(text: string): bigint | undefined {
  const [, day, time, decimals = '', zone = 'Z'] = TIMESTAMP.exec(text.trim()) ?? [];
  if (day === undefined || time === undefined) return undefined;
  const epochMs = Date.parse(
    `${day}T${time}${zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone}`,
  );
  if (Number.isNaN(epochMs)) return undefined;
  return BigInt(epochMs) * NS_PER_MS + BigInt(decimals.padEnd(9, '0'));
}

/** Milliseconds, with or without decimals, to the nearest nanosecond. */
export function millisecondsToNs(valueMs: number): bigint {
  const wholeMs = Math.floor(valueMs);
  return BigInt(wholeMs) * NS_PER_MS + BigInt(Math.round((valueMs - wholeMs) * 1e6));
}

/** A field with a time of day and date, to the nanosecond. */
export const timestampText = z.string().transform((text, context) => {
  const timeNs = parseTimestampNs(text);
  if (timeNs !== undefined) return timeNs;
  context.addIssue({ code: 'custom', message: 'a time such as 2023-11-16 18:15:46.6805900' });
  return z.NEVER;
});

/** A field with milliseconds on the data set's own clock. */
export const timestampMs = z.number().min(0).max(MAX_TIMESTAMP_MS).transform(millisecondsToNs);
