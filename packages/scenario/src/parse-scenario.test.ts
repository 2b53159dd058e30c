import { UsageError } from '@fluidscope/errors';
import { expect, it } from 'vitest';
import { parseScenario } from './parse-scenario.js';

const MINIMAL = `
name: minimal
duration: 10s
deadlines: { ttft: 200ms, tbt: 20ms }
load: { arrivals: { kind: poisson, rate: 4 }, prompt_tokens: 512, output_tokens: uniform:100-200 }
`;

function problemsOf(...texts: string[]): readonly string[] {
  try {
    parseScenario(...texts);
    return [];
  } catch (thrown) {
    return thrown instanceof UsageError ? thrown.problems : [String(thrown)];
  }
}

it('fills in what a file leaves out', () => {
  expect(parseScenario(MINIMAL)).toMatchObject({
    durationNs: 10e9,
    replicaCount: 1,
    gpus: { board: 'h100', countPerReplica: 1 },
    telemetry: { stamps: 'kernel', serverMetrics: { scrapesPerS: 5 }, agents: { fastPerS: 100, gpu: true } },
    faults: [],
  });
});

it('names every problem by its path, with what was expected and what came', () => {
  const problems = problemsOf(`${MINIMAL}
replicas: 0
faults:
  - { kind: engine_pause, at: 1s, pause: 150 }
  - { kind: power_limit, watts: fast }
  - { kind: gremlins }
`);
  expect(problems).toContain('Expected a number of at least 1 for replicas but received 0');
  expect(problems).toContain(
    'Expected a time with its unit, such as 150ms or 2s, for faults.0.pause but received 150',
  );
  expect(problems).toContain('Expected a number for faults.1.watts but received "fast"');
  expect(problems.some((problem) => problem.includes('faults.2.kind'))).toBe(true);
});

it('refuses keys that it does not know, and what contradicts itself', () => {
  expect(problemsOf(`${MINIMAL}\nfault: []`)).toEqual(['Expected no fault for the scenario but received []']);
  const contradicting = `${MINIMAL}
faults:
  - { kind: client_blocked, id: same, block: 80ms, every: 0s }
  - { kind: xid, id: same, xid: 94, gpu: 3, at: 2s }
`;
  expect(problemsOf(contradicting)).toEqual([
    'Expected a time above 0 for faults.0.every but received 0',
    'Expected an id of its own for faults.1 but received "same" again',
    'Expected one of 1 GPUs of a replica for faults.1.gpu but received 3',
  ]);
  expect(problemsOf('name: [')[0]).toMatch(/^Expected YAML for the scenario but received:/);
});

it('takes every condition of a simulated GPU, on one of them or on all', () => {
  const { faults } = parseScenario(`${MINIMAL}
gpus: { per_replica: 2 }
faults:
  - { kind: rank_slowed, gpu: 1, ratio: 0.6, at: 2s, for: 3s }
  - { kind: inlet_offset, kelvin: 15 }
`);
  expect(faults).toMatchObject([
    {
      id: 'rank_slowed',
      timing: { atNs: 2e9, forNs: 3e9 },
      effect: { kind: 'gpu', gpuIndex: 1, condition: { kind: 'rank_slowed', ratio: 0.6 } },
    },
    { id: 'inlet_offset', effect: { gpuIndex: undefined, condition: { kind: 'inlet_offset', kelvin: 15 } } },
  ]);
});

it('lays further texts over the first', () => {
  const scenario = parseScenario(
    MINIMAL,
    'load: { arrivals: { kind: closed_loop, concurrency: 8 } }',
    'telemetry: { agents: off, server_metrics: off }',
  );
  expect(scenario.load).toMatchObject({
    arrivals: { kind: 'closed_loop', concurrencyCount: 8 },
    promptLengths: { kind: 'fixed', lengthTokens: 512 },
  });
  expect(scenario.telemetry).toMatchObject({ agents: undefined, serverMetrics: undefined });
});

it('keeps requests within what a fault leaves of the KV pool', () => {
  const scenario = parseScenario(`${MINIMAL}\nfaults: [{ kind: kv_blocks, blocks: 100, at: 5s }]`);
  expect(scenario.engine.overrides.maxModelTokens).toBe(1_600);
});
