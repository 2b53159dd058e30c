import { setTimeout as delay } from 'node:timers/promises';

/** Streams begin one a millisecond, so that their tokens do not all fall due at once. */
export async function beginOneAMillisecond(streamsCount, begin) {
  const startMs = performance.now();
  const streams = [];
  for (let index = 0; index < streamsCount; index += 1) {
    const waitMs = startMs + index - performance.now();
    if (waitMs > 0) await delay(waitMs);
    streams.push(begin(index));
  }
  return Promise.all(streams);
}
