import { FluidscopeError } from '@fluidscope/errors';
import { agentDescriptionSchema, type AgentEvent, type AgentLoss } from '@fluidscope/telemetry-link';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startGpuAgent, type GpuAgent, type GpuAgentPorts } from './gpu-agent.js';
import { hostIdentity } from './host-identity.js';
import { ScriptedSampler } from './testing/scripted-sampler.js';

const UUID = 'GPU-00000000-0000-0000-0000-000000000000';

let sampler: ScriptedSampler;
let nowNs: bigint;
let agent: GpuAgent;
let events: AgentEvent[];
let losses: AgentLoss[];
let records: Buffer[];

beforeEach(() => {
  sampler = new ScriptedSampler();
  nowNs = 1_000n;
});
afterEach(() => agent[Symbol.dispose]());

function start(ports: Partial<GpuAgentPorts> = {}): void {
  agent = startGpuAgent(
    { versions: { agent: '1.2.3' } },
    {
      openSampler: sampler.open,
      monoNowNs: () => nowNs,
      identity: hostIdentity('node7', 'a-boot'),
      openHostSource: undefined,
      latenessMetricIds: undefined,
      openFallback: undefined,
      ...ports,
    },
  );
  [events, losses, records] = [[], [], []];
  agent.subscribe({
    onRecords: (buffer) => records.push(Buffer.from(buffer)),
    onEvent: (event) => events.push(event),
    onLoss: (loss) => losses.push(loss),
  });
}

describe('with NVML', () => {
  it('hands each flush to every listener, and keeps the newest values', () => {
    start();
    let othersCount = 0;
    const other = agent.subscribe({ onRecords: () => othersCount++, onEvent: () => {}, onLoss: () => {} });
    sampler.flush([{ monoNs: 1_500n, metricId: 1, value: 1410 }]);
    other[Symbol.dispose]();
    sampler.flush([{ monoNs: 1_600n, metricId: 1, value: 1425 }]);
    expect(records).toHaveLength(2);
    expect(othersCount).toBe(1);
    expect(agent.latest.get(0, 1)).toMatchObject({ value: 1425, atNs: 600 });
    expect(agent.counters()).toMatchObject({ recordsCount: 2, listenersCount: 1 });
  });

  it('leaves out a listener that throws, and goes on', () => {
    start();
    agent.subscribe({
      onRecords: () => {
        throw new Error('full');
      },
      onEvent: () => {},
      onLoss: () => {},
    });
    sampler.flush([{ monoNs: 1n, metricId: 1, value: 1 }]);
    sampler.flush([{ monoNs: 2n, metricId: 1, value: 1 }]);
    expect(records).toHaveLength(2);
    expect(events).toMatchObject([{ kind: 'listener_failed', source: 'agent', detail: { reason: 'full' } }]);
  });

  it('tells overruns and dropped events as losses of the time between two flushes', () => {
    start();
    nowNs = 2_000n;
    sampler.flush([{ monoNs: 1n, metricId: 1, value: 1 }], { overruns: 5 });
    nowNs = 3_000n;
    sampler.flush([{ monoNs: 2n, metricId: 1, value: 1 }], { overruns: 7, eventsDropped: 1 });
    nowNs = 4_000n;
    sampler.flush([{ monoNs: 3n, metricId: 1, value: 1 }], { overruns: 7, eventsDropped: 1 });
    expect(losses).toEqual([
      { reason: 'ring_overrun', count: 5, fromMonoNs: 1_000n, toMonoNs: 2_000n },
      { reason: 'ring_overrun', count: 2, fromMonoNs: 2_000n, toMonoNs: 3_000n },
      { reason: 'events_dropped', count: 1, fromMonoNs: 2_000n, toMonoNs: 3_000n },
    ]);
  });

  it('gives the sampler’s events in the wire’s names, without what is absent', () => {
    start();
    sampler.say({ kind: 'xid', monoNs: 9n, data: 79, gpuIndex: 0, gpuUuid: undefined });
    sampler.say({ kind: 'gpu_state', monoNs: 10n, gpuIndex: 0, gpuUuid: UUID, state: 'lost', detail: 'x' });
    expect(events).toEqual([
      { kind: 'xid', monoNs: 9n, source: 'sampler', detail: { data: 79, gpu_index: 0 } },
      {
        kind: 'gpu_state',
        monoNs: 10n,
        source: 'sampler',
        detail: { gpu_index: 0, gpu_uuid: UUID, state: 'lost', detail: 'x' },
      },
    ]);
  });

  it('describes itself as the link’s schema wants it', () => {
    start();
    const described = agentDescriptionSchema.parse(JSON.parse(JSON.stringify(agent.describe())));
    expect(described.agent_id).toMatch(/^node7-[0-9a-f]{8}$/);
    expect(described.agent_id).toBe(agent.agentId);
    expect(described).toMatchObject({
      origin_mono_ns: '1000',
      versions: { agent: '1.2.3', node: process.versions.node },
      gpu_source: { kind: 'nvml', state: 'ready', driver_version: '595.1' },
      gpus: [{ uuid: UUID, absent: [{ metric: 'fan_speed_pct', reason: 'not supported' }] }],
      host: { absent: [{ metric: '*' }] },
    });
  });

  it('closes the sampler', () => {
    start();
    agent[Symbol.dispose]();
    expect(sampler.isClosed).toBe(true);
  });
});

describe('without NVML', () => {
  const missing = { kind: 'state', monoNs: 1n, state: 'library_missing', detail: 'no such file' } as const;
  let isFallbackOpen = false;
  const openFallback: GpuAgentPorts['openFallback'] = (listener) => {
    isFallbackOpen = true;
    listener.onEvent({ kind: 'from_fallback', monoNs: 1n, source: 'agent', detail: null });
    return {
      describe: () => ({ gpu_source: { kind: 'nvidia_smi', state: 'ready', detail: 'every 1 s' }, gpus: [] }),
      [Symbol.dispose]: () => {
        isFallbackOpen = false;
      },
    };
  };

  it('reads nvidia-smi where the library cannot be loaded, and NVML again when it can', () => {
    start({ openFallback });
    sampler.say(missing);
    expect(isFallbackOpen).toBe(true);
    expect(agent.describe().gpu_source).toMatchObject({ kind: 'nvidia_smi', nvml_state: 'library_missing' });
    sampler.say({ ...missing, state: 'ready', detail: '' });
    expect(isFallbackOpen).toBe(false);
    expect(agent.describe().gpu_source.kind).toBe('nvml');
    expect(events.map(({ kind }) => kind)).toEqual([
      'state',
      'from_fallback',
      'gpu_source_changed',
      'state',
      'gpu_source_changed',
    ]);
  });

  it('does not ask nvidia-smi for what a missing driver cannot give', () => {
    start({ openFallback });
    sampler.description = { ...sampler.description, state: 'driver_not_loaded', gpus: [] };
    sampler.say({ ...missing, state: 'driver_not_loaded' });
    expect(isFallbackOpen).toBe(false);
    expect(agent.describe().gpu_source).toMatchObject({
      kind: 'nvml',
      state: 'driver_not_loaded',
      detail: expect.stringContaining('kernel driver is not loaded'),
    });
  });

  it('says that nothing is read where there is no native part and no nvidia-smi, and still tells of the host', () => {
    let handlers: Parameters<NonNullable<GpuAgentPorts['openHostSource']>>[0] | undefined;
    start({
      openSampler: () => {
        throw new FluidscopeError('The native sampler is not there: not built', { code: 'nvml.no-addon' });
      },
      openHostSource: (given) => {
        handlers = given;
        return { describe: () => ({ absent: [], metrics: [] }), [Symbol.dispose]: () => {} };
      },
    });
    const { gpu_source, gpus, host } = agent.describe();
    expect(gpu_source).toMatchObject({ kind: 'none', state: 'addon_missing' });
    expect(gpu_source.detail).toContain('not built');
    expect(gpus).toEqual([]);
    expect(host).toEqual({ absent: [], metrics: [] });
    handlers?.onRecords(Buffer.alloc(40));
    expect(records).toHaveLength(1);
  });

  it('reads nvidia-smi where the native part is of another build than its JavaScript, and says so', () => {
    start({
      openFallback,
      openSampler: () => {
        throw new FluidscopeError('The native sampler does not fit: another build', {
          code: 'nvml.addon-mismatch',
        });
      },
    });
    const { gpu_source } = agent.describe();
    expect(gpu_source).toMatchObject({ kind: 'nvidia_smi', nvml_state: 'addon_mismatch' });
    expect(gpu_source.detail).toContain('does not fit: another build');
  });

  it('goes on with the GPUs where the host cannot be probed', () => {
    start({
      openHostSource: () => {
        throw new Error('no /proc');
      },
    });
    expect(agent.describe().host?.absent).toEqual([{ metric: '*', reason: 'no /proc' }]);
  });
});
