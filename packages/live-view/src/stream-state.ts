/**
 * What a stream's slot did within one frame's time, a letter each, from the least to the worst. Where one place on a screen stands for
 * several, the worst one is shown: a miss never drowns among tokens in time.
 */
export const STREAM_STATES = ['.', 'q', 't', 'w', 'W', 'o', 'm', 'x'] as const;

/**
 * - `.` no stream
 * - `q` decoding, its next token not yet due
 * - `t` tokens came, all in time
 * - `w` waits for its first token, not yet due
 * - `W` its first token is overdue
 * - `o` a later token is overdue
 * - `m` a token came after its deadline
 * - `x` the request failed
 */
export type StreamState = (typeof STREAM_STATES)[number];

/** By a letter's code: a page looks 20,000 of them up a second. */
const SEVERITIES = Uint8Array.from({ length: 128 }, (_, code) =>
  Math.max(
    0,
    STREAM_STATES.findIndex((state) => state.charCodeAt(0) === code),
  ),
);

/** Higher is worse; 0 for `.` and for a letter that is none. */
export function severityOf(state: string): number {
  return SEVERITIES[state.charCodeAt(0)] ?? 0;
}

/** The severity of each letter of `states`, into `severities`; 0 for those behind its end. */
export function putSeverities(states: string, severities: Uint8Array): void {
  severities.fill(0);
  const count = Math.min(states.length, severities.length);
  for (let slot = 0; slot < count; slot += 1) {
    severities[slot] = SEVERITIES[states.charCodeAt(slot)] ?? 0;
  }
}

/** The worst severity in each of `rows.length` equal parts of the slots, into `rows`. */
export function worstByRow(severities: Uint8Array, rows: Uint8Array): void {
  rows.fill(0);
  const slotsCount = severities.length;
  for (let slot = 0; slot < slotsCount; slot += 1) {
    const severity = severities[slot] ?? 0;
    if (severity === 0) continue;
    const first = Math.floor((slot * rows.length) / slotsCount);
    const end = Math.max(first + 1, Math.floor(((slot + 1) * rows.length) / slotsCount));
    for (let row = first; row < end; row += 1) if (severity > (rows[row] ?? 0)) rows[row] = severity;
  }
}
