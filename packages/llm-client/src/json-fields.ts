/** Narrow views of parsed JSON: what a server sends is `unknown` until a field has been looked at. */
export type JsonRecord = Readonly<Record<string, unknown>>;

export function recordOf(value: unknown): JsonRecord | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonRecord)
    : undefined;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The string itself; '' for anything else, so that absent, null and empty text read alike. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A non-empty string, or `undefined`. */
export function wordOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A count of tokens: a whole number from 0, or `undefined` for anything else that a server may put there. */
export function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
