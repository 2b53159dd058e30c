import { UsageError } from '@fluidscope/errors';
import type { z } from 'zod';

export interface WrongShape {
  /** A noun phrase: `whole nanoseconds`. */
  readonly expected: string;
  /** What it was expected for: a path such as `chunks[2][0]`, or the whole record. */
  readonly name: string;
  readonly received: unknown;
  readonly line?: number;
  readonly hint?: string;
}

/** The one error of a file of another shape: what was expected, where, and what came. */
export function wrongShape({ expected, name, received, line, hint }: WrongShape): UsageError {
  const place = line === undefined ? name : `${name} at line ${line}`;
  return new UsageError([`Expected ${expected} for ${place} but received ${describeValue(received)}`], {
    code: 'timing-import.wrong-shape',
    ...(hint === undefined ? {} : { hint }),
  });
}

/**
 * Checks `value` against `schema`, whose messages are noun phrases for what is expected ("a list of times").
 * Throws the first problem as the file's one error.
 */
export function requireShape<T>(
  schema: z.ZodType<T>,
  value: unknown,
  place: { readonly whole: string; readonly line?: number },
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path ?? [];
  throw wrongShape({
    expected: issue?.message ?? place.whole,
    name: path.length === 0 ? place.whole : pathText(path),
    received: valueAt(value, path),
    ...(place.line === undefined ? {} : { line: place.line }),
  });
}

/** `['chunks', 2, 0]` as `chunks[2][0]`. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`))
    .join('');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

const SHOWN_LENGTH = 60;

/** What came, short enough for one line: an object by its fields, a list by its length. */
function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value))
    return value.length > 3 ? `a list of ${value.length}` : shortened(JSON.stringify(value));
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value);
    return keys.length === 0 ? 'an object without fields' : `an object with ${shortened(keys.join(', '))}`;
  }
  return shortened(typeof value === 'number' ? String(value) : JSON.stringify(value));
}

function shortened(text: string): string {
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}
