import { expect, it } from 'vitest';
import { clockOf, describeAgent } from '../doctor/look-at-agent.js';
import { describeNvml } from '../doctor/look-at-gpus.js';
import { hostGroups, receiveStamps } from '../doctor/look-at-host.js';
import { GPU_STATES, SAMPLER_STATES, type SamplerDescription } from '@fluidscope/nvml-sampler';
import type { AgentDescription } from '@fluidscope/telemetry-link';
import { durationNs, runNs } from '@fluidscope/units';
import { runInMemory } from '../testing/run-in-memory.js';

const FACTS = {
  clockSource: 'tsc',
  cgroupVersion: 2,
  perfEventParanoidIndex: 2,
  openFilesLimitCount: 1024,
  containerSign: undefined,
  nvidiaDriverVersion: '595.45.01',
  hasNvidiaDevice: true,
} as const;

const DESCRIBED: SamplerDescription = {
  state: 'ready',
  detail: '',
  library: 'libnvidia-ml.so.1',
  driverVersion: '595.45.01',
  nvmlVersion: '13.595',
  fastHz: 100,
  guard: { adapts: true, requestedHz: 100, last: null },
  lateness: null,
  gpus: [],
};

it('looks at this machine and ends well, whatever is missing', async () => {
  const { status, stdout, stderr } = await runInMemory(['doctor', '--json']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { findings } = JSON.parse(stdout) as { findings: { topic: string; state: string; found: string }[] };
  expect(findings.map(({ topic }) => topic)).toEqual(
    expect.arrayContaining(['native_sampler', 'nvidia_smi', 'receive_stamps', 'clock', 'pressure', 'system']),
  );
  expect(findings.every(({ state }) => ['ok', 'limited', 'missing'].includes(state))).toBe(true);
  expect(findings.every(({ found }) => found !== '')).toBe(true);
});

it('says what kernel stamps are worth here, or why there are none and what to do', () => {
  const works = receiveStamps({
    works: true,
    boundNs: durationNs(2_050),
    readLaterNs: durationNs(1_000_000),
  });
  expect(works).toMatchObject({ state: 'ok', found: expect.stringContaining('within 2.05 µs') as string });
  const fails = receiveStamps({ works: false, reason: 'it was not built', hint: 'Build it' });
  expect(fails).toMatchObject({ state: 'limited', found: 'no kernel stamps: it was not built' });
  expect(fails.advice).toMatch(/^Build it\. /);
});

it('says of an agent that does not answer what is wrong, and goes on', async () => {
  const { status, stdout } = await runInMemory(['doctor', '--agent', 'ws://127.0.0.1:1']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^missing {2}agent /);
  expect(stdout).toMatch(/^ok {7}clock /m);
});

it('refuses an address that is none', async () => {
  expect((await runInMemory(['doctor', '--agent', 'gpu7'])).status).toBe(2);
});

it('has words for every state of the library, and names the kernel module that is loaded', () => {
  for (const state of SAMPLER_STATES) {
    const [library] = describeNvml({ ...DESCRIBED, state }, FACTS);
    expect(library?.state).toBe(state === 'ready' ? 'ok' : 'missing');
    expect(library?.found).toContain('595.45.01');
    expect(library?.advice === undefined).toBe(state === 'ready');
  }
});

it('shows what each GPU’s metrics cost, how often they change and what is absent', () => {
  const gpu = {
    index: 0,
    uuid: 'GPU-1',
    name: 'H100',
    pciBusId: '',
    state: 'ready',
    migInstanceIds: [],
    absent: [{ metric: 'fan_speed_pct', reason: 'not supported' }],
    metrics: [
      {
        metric: 'energy_mj',
        refreshMedianNs: 100e6,
        refreshP10Ns: null,
        changesCount: 20,
        pollsCount: 2000,
        callP50Ns: 3000,
        callP99Ns: 40_000,
      },
    ],
  } as const satisfies SamplerDescription['gpus'][number] | object;
  const [, found] = describeNvml(
    {
      ...DESCRIBED,
      gpus: [{ ...gpu, migInstanceIds: [], absent: [...gpu.absent], metrics: [...gpu.metrics] }],
    },
    FACTS,
  );
  expect(found).toMatchObject({
    topic: 'gpu_0',
    state: 'limited',
    found: 'H100 GPU-1: ready; energy_mj 3/40 µs every 100 ms; absent: fan_speed_pct (not supported)',
  });
});

it('calls a group of host metrics ok with all, limited with some, missing with none', () => {
  const measured = (
    metric: string,
  ): { metric: string; refreshMedianNs: undefined; callP50Ns: undefined; callP99Ns: undefined } => ({
    metric,
    refreshMedianNs: undefined,
    callP50Ns: undefined,
    callP99Ns: undefined,
  });
  const groups = hostGroups({
    rates: { pulse: 50, counters: 20, gauges: 10 },
    metrics: [measured('cpu_busy_ns'), measured('tcp_timeouts_count')],
    absent: [
      { metric: 'tcp_retransmits_count', reason: 'why' },
      { metric: 'pressure_io_some_us', reason: 'no file' },
    ],
    labels: { interface: {}, process: {} },
    missedSlotsCount: 0,
    processesLeftOutCount: 0,
  });
  const stateOf = (topic: string): string | undefined => groups.find((each) => each.topic === topic)?.state;
  expect([stateOf('cpu_time'), stateOf('tcp'), stateOf('pressure')]).toEqual(['ok', 'limited', 'missing']);
  expect(groups.find(({ topic }) => topic === 'pressure')?.found).toBe('0 of 1 metrics; no file');
});

it('bounds an agent’s clock by its quickest probe', () => {
  const probe = (delayNs: number): Parameters<typeof clockOf>[0][number] => ({
    t1Ns: runNs(0),
    t2Ns: 7,
    t3Ns: 9,
    t4Ns: runNs(delayNs + 2),
  });
  expect(clockOf([probe(400_000), probe(200_000)])).toMatchObject({
    state: 'ok',
    found: '2 probes, least round trip 200 µs, so within 100 µs',
  });
  expect(clockOf([probe(9_000_000)]).state).toBe('limited');
  expect(clockOf([]).state).toBe('missing');
});

const AGENT: AgentDescription = {
  agent_id: 'gpu7-01234567',
  hostname: 'gpu7',
  versions: {},
  gpu_source: { kind: 'nvml', state: 'ready', detail: '', driver_version: '595.45.01' },
  gpus: [],
};

it('says what an agent reads', () => {
  const states = describeAgent({
    ...AGENT,
    gpu_source: { kind: 'nvidia_smi', state: 'ready', detail: '' },
  }).map(({ topic, state }) => `${topic} ${state}`);
  expect(states).toEqual(['agent ok', 'agent_gpus limited', 'agent_host missing']);
});

it('has words and advice for every state of an agent’s GPU source, its own and a newer one’s', () => {
  const unwell = SAMPLER_STATES.filter((state) => state !== 'ready');
  for (const state of [...unwell, 'addon_missing', 'nvidia_smi_failed', 'of_tomorrow']) {
    const gpu_source = { kind: 'none', state, detail: 'the library’s own words' } as const;
    const [, source] = describeAgent({ ...AGENT, gpu_source });
    expect([state, source?.state]).toEqual([state, 'missing']);
    expect(source?.found).toMatch(/.{10,}; the library’s own words$/);
    expect(source?.advice?.length).toBeGreaterThan(20);
  }
  const textOf = (state: string): string | undefined =>
    describeAgent({ ...AGENT, gpu_source: { kind: 'none', state, detail: '' } })[1]?.found;
  expect(textOf('library_missing')).toContain('cannot be opened');
  expect(textOf('driver_not_loaded')).toContain('kernel driver is not loaded');
  expect(textOf('driver_mismatch')).toContain('different versions');
  expect(textOf('driver_gone')).toContain('went away');
  expect(textOf('no_gpu')).toContain('shows no GPU');
  expect(textOf('no_permission')).toContain('may not open');
  expect(textOf('addon_missing')).toMatch(/musl.*missing symbol/);
});

it('says of the fallback that it is one, and why NVML is not used', () => {
  const gpu_source = {
    kind: 'nvidia_smi',
    state: 'ready',
    detail: 'x',
    nvml_state: 'library_missing',
  } as const;
  const [, source] = describeAgent({ ...AGENT, gpu_source });
  expect(source).toMatchObject({
    state: 'limited',
    found: expect.stringMatching(/fallback.*cannot be opened/) as string,
  });
});

it('names each GPU that is not well, in words', () => {
  const gpus = GPU_STATES.map((state, index) => ({
    index,
    uuid: `GPU-${index}`,
    name: 'H100',
    state,
    detail: 'why',
    absent: [],
    metrics: [],
  }));
  const findings = describeAgent({ ...AGENT, gpus }).filter(({ topic }) => topic.startsWith('agent_gpu_'));
  expect(findings).toHaveLength(GPU_STATES.length - 1);
  for (const { state, found, advice } of findings) {
    expect(state).not.toBe('ok');
    expect(found).toMatch(/^H100: .{10,}; why$/);
    expect(advice?.length).toBeGreaterThan(20);
  }
  const foundOf = (state: string): string | undefined =>
    findings.find(({ topic }) => topic === `agent_gpu_${gpus.findIndex((each) => each.state === state)}`)
      ?.found;
  expect(foundOf('lost')).toContain('fell off the bus');
  expect(foundOf('stalled')).toContain('not come back');
});

it('says what an agent would see with more rights, and nothing where it lacks none', () => {
  const gpu = { index: 0, uuid: 'GPU-1', name: 'H100', state: 'ready', metrics: [] };
  const absent = [
    { metric: 'process_sm_pct', reason: 'no permission' },
    { metric: 'fan_speed_pct', reason: 'not supported by this GPU' },
  ];
  const rights = describeAgent({ ...AGENT, gpus: [{ ...gpu, absent }] }).find(
    ({ topic }) => topic === 'agent_rights',
  );
  expect(rights).toMatchObject({ state: 'limited', found: 'denied to its user: process_sm_pct' });
  expect(describeAgent(AGENT).some(({ topic }) => topic === 'agent_rights')).toBe(false);
});
