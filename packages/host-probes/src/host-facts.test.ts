import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { nvidiaDriverVersionOf, readHostFacts } from './host-facts.js';

it('reads what a host says of itself, and nothing where it says nothing', async () => {
  const root = await mkdtemp(join(tmpdir(), 'host-facts-'));
  try {
    expect(readHostFacts(root)).toMatchObject({ clockSource: undefined, hasNvidiaDevice: false });
    for (const [path, text] of [
      ['sys/devices/system/clocksource/clocksource0/current_clocksource', 'tsc\n'],
      ['sys/fs/cgroup/cgroup.controllers', 'cpu\n'],
      ['proc/sys/kernel/perf_event_paranoid', '-1\n'],
      ['proc/self/limits', 'Limit  Soft\nMax open files            1024                 4096 files\n'],
      ['.dockerenv', ''],
    ] as const) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    expect(readHostFacts(root)).toEqual({
      clockSource: 'tsc',
      cgroupVersion: 2,
      perfEventParanoidIndex: -1,
      openFilesLimitCount: 1024,
      containerSign: '/.dockerenv',
      nvidiaDriverVersion: undefined,
      hasNvidiaDevice: false,
    });
  } finally {
    await rm(root, { recursive: true });
  }
});

it('finds the driver’s version in both ways of writing it', () => {
  const closed = 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\n';
  const open = 'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  595.45.01  Release Build  (a@b)\n';
  expect(nvidiaDriverVersionOf(closed)).toBe('535.104.05');
  expect(nvidiaDriverVersionOf(open)).toBe('595.45.01');
  expect(nvidiaDriverVersionOf('')).toBeUndefined();
});
