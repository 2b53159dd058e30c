import { UsageError } from '@fluidscope/errors';
import { expect, it } from 'vitest';
import { parseWorkloadSpec } from './spec-schema.js';
import type { LengthSpec, WorkloadSpec } from './spec.js';

const VALID: WorkloadSpec = {
  seed: 0,
  arrivals: {
    kind: 'stages',
    process: { kind: 'gamma', burstiness: 0.5 },
    stages: [{ fromRatePerS: 1, toRatePerS: 2, durationNs: 1_000 }],
  },
  warmupRequestCount: 2,
  promptLengths: { kind: 'zipf', exponent: 1, minTokens: 1, maxTokens: 10 },
  outputLengths: { kind: 'recorded' },
};

function problemsOf(input: unknown): readonly string[] {
  try {
    parseWorkloadSpec(input);
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
  return [];
}

it('takes a spec as it comes back from JSON', () => {
  expect(parseWorkloadSpec(JSON.parse(JSON.stringify(VALID)))).toEqual(VALID);
});

it('reports every problem at once, with the name, what was expected and what came', () => {
  expect(
    problemsOf({
      seed: -1,
      arrivals: {
        kind: 'stages',
        process: { kind: 'uneven' },
        stages: [{ fromRatePerS: 0, toRatePerS: 0, durationNs: 1.5 }],
      },
      requestCount: 0,
      promptLengths: { kind: 'uniform', minTokens: 5, maxTokens: 3 },
      outputLengths: 512,
      color: 'red',
    }),
  ).toEqual([
    'Expected a number of at least 0 for seed but received -1',
    'Expected one of constant, poisson, gamma for arrivals.process.kind but received "uneven"',
    'Expected a whole number for arrivals.stages.0.durationNs but received 1.5',
    'Expected a number of at least 1 for requestCount but received 0',
    'Expected a number for warmupRequestCount but received nothing',
    'Expected a number that is not below minTokens for promptLengths.maxTokens but received 3',
    'Expected an object for outputLengths but received 512',
    'Expected no color for the workload but received "red"',
  ]);
});

it('refuses gaps so bursty that a schedule would hardly move on', () => {
  const arrivals = { kind: 'gamma', ratePerS: 1, burstiness: 1e-300 };
  expect(problemsOf({ ...VALID, arrivals })).toEqual([
    'Expected a number of at least 0.001 for arrivals.burstiness but received 1e-300',
  ]);
});

it('refuses stages that never send anything', () => {
  const stages = [{ fromRatePerS: 0, toRatePerS: 0, durationNs: 1_000 }];
  expect(problemsOf({ ...VALID, arrivals: { ...VALID.arrivals, stages } })).toEqual([
    expect.stringContaining('Expected a stage with a rate above 0 for arrivals.stages'),
  ]);
});

it.each([undefined, null, 7, 'spec', []])('refuses %j as a whole', (input) => {
  expect(problemsOf(input)).toHaveLength(1);
});

it.each<[LengthSpec, boolean]>([
  [{ kind: 'normal', meanTokens: 100.5, stddevTokens: 50 }, true],
  [{ kind: 'normal', meanTokens: 100, stddevTokens: 60 }, false],
  [{ kind: 'lognormal', meanTokens: 512, stddevTokens: 2_000 }, true],
  [{ kind: 'lognormal', meanTokens: 2, stddevTokens: 10 }, false],
])('refuses a deviation that would draw too many lengths below 1: %j is fine: %s', (promptLengths, fine) => {
  expect(problemsOf({ ...VALID, promptLengths })).toHaveLength(fine ? 0 : 1);
});
