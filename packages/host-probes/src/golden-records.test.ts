import { hostMetricByName, SAMPLE_FLAGS, SAMPLE_RECORD_BYTES } from '@fluidscope/trace-schema';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startHostProbes } from './host-probes.js';

const MOMENTS = JSON.parse(
  readFileSync(new URL('testing/golden-tree.json', import.meta.url), 'utf8'),
) as readonly Readonly<Record<string, string>>[];

/** What a machine's own files, at two moments and then at the first again, become: 3.5 s of readings. */
function recordsOfMoments(): Buffer {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const root = mkdtempSync(join(tmpdir(), 'host-golden-'));
  onTestFinished(() => {
    vi.useRealTimers();
    rmSync(root, { recursive: true });
  });
  const put = (moment: number): void => {
    for (const [path, text] of Object.entries(MOMENTS[moment] ?? {})) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  };
  // An uptime at which nanoseconds are more than a number holds exactly.
  let nowNs = 31_536_000_000_000_123n;
  const flushed: Buffer[] = [];
  put(0);
  using probes = startHostProbes({
    onRecords: (records) => flushed.push(Buffer.from(records)),
    onEvent: () => {},
    pids: () => [4711],
    root,
    nowNs: () => nowNs,
    // Slots that fall on this clock's steps, so that no lateness is in the records.
    rates: { pulse: 50 },
  });
  const pass = (ms: number): void => {
    for (let step = 0; step < ms; step += 10) {
      nowNs += 10_000_000n;
      vi.advanceTimersByTime(10);
    }
  };
  pass(1_500);
  put(1);
  pass(1_000);
  put(0);
  pass(1_000);
  expect(probes.describe().missedSlotsCount).toBe(0);
  return Buffer.concat(flushed);
}

/** The page size of the machine stands in one metric: without it the bytes are the same everywhere. */
const RESIDENT_ID = hostMetricByName('process_resident_bytes')?.id;

it('makes the same records of the same files, to the byte', () => {
  const all = recordsOfMoments();
  const records: Buffer[] = [];
  for (let at = 0; at < all.length; at += SAMPLE_RECORD_BYTES) {
    const record = all.subarray(at, at + SAMPLE_RECORD_BYTES);
    if (record.readUInt16LE(14) !== RESIDENT_ID) records.push(record);
  }
  const resets = records.filter((record) => (record.readUInt32LE(24) & SAMPLE_FLAGS.newEpoch) !== 0);
  expect(resets.length).toBeGreaterThan(20);
  const digest = createHash('sha256').update(Buffer.concat(records)).digest('hex');
  expect([records.length, digest]).toEqual([
    490,
    '4be287451141a1bcbc36dc76109fd27b124f41caf918826215f092a3589e07b2',
  ]);
});
