import { GPU_METRICS, SAMPLE_FLAGS, gpuMetricByName } from '@fluidscope/trace-schema';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { FluidscopeError, UsageError } from '@fluidscope/errors';
import { describe, expect, it, vi } from 'vitest';
import { ADDON_INTERFACE_VERSION, loadAddon } from './addon.js';
import { openSampler, type SamplerOptions } from './sampler.js';
import { sampleRecordCount, sampleRecordsOf, type SampleRecord } from './sample-record.js';
import type { SamplerCounters, SamplerEvent } from './sampler-text.js';
import { fakeLibrary } from './testing/fake-library.js';

const found = loadAddon();
const fake = found.isAvailable ? fakeLibrary() : undefined;
if (fake === undefined)
  console.log(`The binding is not tested: ${found.isAvailable ? 'no compiler' : found.reason}`);

const PATIENCE = { timeout: 15_000, interval: 5 };
const QUICK = { library: fake ?? '', calibrationMs: 0, flushIntervalMs: 5, retryMs: 10 } as const;

function collect(options: SamplerOptions) {
  const records: SampleRecord[] = [];
  const events: SamplerEvent[] = [];
  const counters: SamplerCounters[] = [];
  const sampler = openSampler(
    {
      onRecords(buffer, counted) {
        expect(sampleRecordCount(buffer) * 40).toBe(buffer.length);
        records.push(...sampleRecordsOf(buffer));
        counters.push(counted);
      },
      onEvent: (event) => events.push(event),
    },
    options,
  );
  return { sampler, records, events, counters };
}

describe('openSampler', () => {
  it('names every option out of range at once', () => {
    const open = (): unknown =>
      openSampler(
        { onRecords: vi.fn(), onEvent: vi.fn() },
        { fastHz: 2000, flushIntervalMs: 0, ringLog2: 12.5 },
      );
    expect(open).toThrow(UsageError);
    expect(open).toThrow(/1 to 1000 for fastHz but received 2000[^]*flushIntervalMs[^]*ringLog2/);
    expect(open).toThrow(FluidscopeError);
  });

  it.each([
    ['of another build', '{"state":"ready"}'],
    ['that answers no JSON', ''],
  ])('refuses a native part %s in words, and closes it', (_, described) => {
    const close = vi.fn();
    class Sampler {
      close = close;
      describe = (): string => described;
    }
    const addon = { interfaceVersion: ADDON_INTERFACE_VERSION, Sampler };
    const found = { isAvailable: true, path: 'x.node', addon } as const;
    const open = (): unknown => openSampler({ onRecords: vi.fn(), onEvent: vi.fn() }, {}, found);
    expect(open).toThrow(expect.objectContaining({ code: 'nvml.addon-mismatch' }));
    expect(close).toHaveBeenCalledOnce();
  });

  it.skipIf(fake === undefined)('decodes the records of all GPUs', async () => {
    using opened = collect({ ...QUICK, fastHz: 500 }).sampler;
    expect(opened.describe().state).toMatch(/starting|ready/);
    const { sampler, records, counters } = collect({ ...QUICK, fastHz: 500 });
    const clockId = gpuMetricByName('sm_clock_mhz')?.id;
    const clocks = (): readonly SampleRecord[] => records.filter(({ metricId }) => metricId === clockId);
    await vi.waitFor(() => expect(clocks().length).toBeGreaterThan(20), PATIENCE);
    sampler.close();
    const ofFirst = clocks().filter(({ gpuIndex }) => gpuIndex === 0);
    expect(new Set(clocks().map(({ gpuIndex }) => gpuIndex))).toEqual(new Set([0, 1]));
    expect(ofFirst.map(({ value }) => value)).toEqual(ofFirst.map(() => 1980));
    expect(ofFirst.map(({ flags }) => flags)).toEqual(
      ofFirst.map((_, at) => (at === 0 ? SAMPLE_FLAGS.fresh : 0)),
    );
    const times = ofFirst.map(({ beforeNs }) => beforeNs);
    expect(times).toEqual([...times].sort((a, b) => Number(a - b)));
    expect(Math.abs(Number(process.hrtime.bigint() - (times.at(-1) ?? 0n)))).toBeLessThan(20e9);
    expect(counters.at(-1)).toMatchObject({ overruns: 0, guardChanges: 0, eventsDropped: 0 });
  });

  it.skipIf(fake === undefined)(
    'describes what is there and what is absent, also when it is closed',
    async () => {
      const { sampler, events } = collect(QUICK);
      await vi.waitFor(() => expect(sampler.describe().gpus[0]?.metrics.length).toBeGreaterThan(3), PATIENCE);
      await vi.waitFor(() => expect(events.map(({ kind }) => kind)).toContain('state'), PATIENCE);
      sampler.close();
      sampler.close();
      expect(sampler.describe()).toMatchObject({ state: 'ready', driverVersion: '570.86.15', library: fake });
    },
  );

  it.skipIf(fake === undefined)(
    'gives every metric of the table, or says that it is absent and why',
    { timeout: 30_000 },
    async () => {
      const { sampler, records, events } = collect({ ...QUICK, fastHz: 50 });
      await vi.waitFor(() => expect(events.map(({ kind }) => kind)).toContain('surveyed'), {
        ...PATIENCE,
        timeout: 25_000,
      });
      const [gpu] = sampler.describe().gpus;
      sampler.close();
      const given = new Set(records.filter(({ gpuIndex }) => gpuIndex === 0).map(({ metricId }) => metricId));
      const absent = new Set(gpu?.absent.map(({ metric }) => metric));
      // An XID is an event, and the fake GPU tells them.
      const unaccounted = GPU_METRICS.filter(
        ({ id, name, kind }) => !given.has(id) && !absent.has(name) && kind !== 'event',
      );
      expect(unaccounted).toEqual([]);
      expect(gpu?.absent).toContainEqual({
        metric: 'utilization_memory_buffered_pct',
        reason: 'no value so far: the driver keeps no samples of it',
      });
    },
  );

  it.skipIf(fake === undefined).each([
    ['library_missing', 'libnot-there.so.9'],
    ['library_unusable', 'libm.so.6'],
  ])('says %s for %s and goes on', async (state, library) => {
    const { sampler, events } = collect({ ...QUICK, library });
    await vi.waitFor(() => expect(events).toContainEqual(expect.objectContaining({ state })), PATIENCE);
    expect(sampler.describe()).toMatchObject({ state, gpus: [] });
    sampler.close();
  });
});

const child = fileURLToPath(new URL('testing/sampling-child.mjs', import.meta.url));

describe.skipIf(fake === undefined)('a process that samples', () => {
  it.each([
    ['close', { status: 0, signal: null }],
    ['worker', { status: 0, signal: null, stdout: 'terminated\n' }],
    ['exit', { status: 7, signal: null }],
    ['sigterm', { status: null, signal: 'SIGTERM' }],
    ['uncaught', { status: 1, signal: null }],
    ['hung', { status: 0, signal: null }],
  ])('ends cleanly by %s', (ending, expected) => {
    const result = spawnSync(process.execPath, [child, fake ?? '', ending], {
      encoding: 'utf8',
      timeout: 20_000,
      env: { ...process.env, ...(ending === 'hung' ? { FAKE_NVML_STUCK_INIT: '1' } : {}) },
    });
    expect(result).toMatchObject(expected);
    if (ending !== 'uncaught') expect(result.stderr).toBe('');
  });
});
