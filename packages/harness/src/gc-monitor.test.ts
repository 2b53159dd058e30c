import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { startGcMonitor } from './gc-monitor.js';
import { RecordBatcher } from './record-batcher.js';
import { createRunClock } from './run-clock.js';
import { RecordedRows } from './testing/recorded-rows.js';

it('records a collection with its kind, when it began and how long it took', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const clock = createRunClock();
  const rows = new RecordedRows();
  const records = new RecordBatcher(rows, () => {});
  const monitor = startGcMonitor({ source: 'client/1', clock, records });
  const beforeNs = clock.nowNs();
  collect();
  const afterNs = clock.nowNs();
  await new Promise((resolve) => setImmediate(resolve));
  monitor.cancel();
  records.flush();
  const major = rows.events.filter(({ detail }) => (detail as { readonly kind: string }).kind === 'major');
  expect(major.length).toBeGreaterThan(0);
  for (const { source, kind, timeNs, detail } of major) {
    const { duration_ns: durationNs } = detail as { readonly duration_ns: number };
    expect([source, kind]).toEqual(['client/1', 'gc']);
    // Both clocks are read a moment apart to find the distance of their zeros.
    expect(timeNs).toBeGreaterThan(beforeNs - 1e6);
    expect(timeNs + durationNs).toBeLessThan(afterNs + 1e6);
    expect(durationNs).toBeGreaterThan(0);
  }
});
