/**
 * Seconds that a `Retry-After` header asks to wait: a number of seconds, or a date, counted from the
 * response's own `Date` (this host's wall clock only where the server sent none). `undefined` when it says
 * neither; 0 for a date that has passed.
 */
export function retryAfterS(value: string | undefined, responseDate: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+(?:\.\d+)?\s*$/.test(value)) return Number(value);
  // `Date.parse` takes more for a date than HTTP does, -5 among it.
  const untilMs = /^\s*[A-Z][a-z]{2}/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(untilMs)) return undefined;
  const saidMs = Date.parse(responseDate ?? '');
  return Math.max(0, (untilMs - (Number.isNaN(saidMs) ? Date.now() : saidMs)) / 1_000);
}
