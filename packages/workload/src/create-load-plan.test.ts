import { UsageError } from '@fluidscope/errors';
import { describe, expect, it } from 'vitest';
import { approximateTokenCounter } from './approximate-token-counter.js';
import { createLoadPlan } from './create-load-plan.js';
import type { ArrivalSpec, DatasetRow, WorkloadSpec } from './spec.js';
import { lengthRow, PLAN_SPEC, promptText, requestValues } from './testing/plan-spec.js';

const S = 1_000_000_000;
const tokenCounter = approximateTokenCounter();
const RECORDED = { promptLengths: { kind: 'recorded' }, outputLengths: { kind: 'recorded' } } as const;

function requests(change: Partial<WorkloadSpec>, dataset?: readonly DatasetRow[]) {
  return requestValues(createLoadPlan({ ...PLAN_SPEC, ...change }, { tokenCounter, dataset }));
}

function problemsOf(change: Partial<WorkloadSpec>, dataset?: readonly DatasetRow[]): readonly string[] {
  try {
    createLoadPlan({ ...PLAN_SPEC, ...change }, { tokenCounter, dataset });
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
  return [];
}

describe('a plan', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(requests({})).toEqual(requests({}));
    const times = requests({}).map((request) => request.intendedOffsetNs);
    expect(requests({ seed: 2 }).map((request) => request.intendedOffsetNs)).not.toEqual(times);
  });

  it('gives the same requests each time it is gone through, and the same prompt each time it is built', () => {
    const plan = createLoadPlan(PLAN_SPEC, { tokenCounter });
    expect(requestValues(plan)).toEqual(requestValues(plan));
    const [first] = plan.requests();
    expect(first?.buildPrompt()).toEqual(first?.buildPrompt());
  });

  it('says what it is: numbers in order, times that do not go back, prompts of the stated length, all different', () => {
    const all = requests({});
    expect(all.map((request) => request.requestIndex)).toEqual(
      Array.from({ length: 20 }, (_, index) => index),
    );
    const times = all.map((request) => request.intendedOffsetNs ?? NaN);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    for (const { prompt, promptTokens, promptTokensSource } of all) {
      expect(promptTokensSource).toBe('approximation');
      expect(tokenCounter.countTokens(promptText(prompt))).toBe(promptTokens);
    }
    const openings = all.map(({ prompt }) => promptText(prompt).split(' ').slice(0, 4).join(' '));
    expect(new Set(openings).size).toBe(20);
  });

  it('builds a prompt of 32 K tokens', () => {
    const [request] = requests({ promptLengths: { kind: 'fixed', lengthTokens: 32_768 }, requestCount: 1 });
    expect(tokenCounter.countTokens(promptText(request?.prompt))).toBe(32_768);
  });
});

describe('the number of requests', () => {
  it.each<[ArrivalSpec, number | undefined, number | undefined]>([
    [{ kind: 'poisson', ratePerS: 5 }, 7, 10],
    [{ kind: 'poisson', ratePerS: 5 }, undefined, undefined],
    [{ kind: 'closed_loop', concurrencyCount: 2 }, undefined, undefined],
    [{ kind: 'all_at_once' }, 7, 10],
    [{ kind: 'recorded', timeScale: 1 }, undefined, 5],
    [{ kind: 'recorded', timeScale: 1 }, 1, 4],
    [
      {
        kind: 'stages',
        process: { kind: 'constant' },
        stages: [{ fromRatePerS: 2, toRatePerS: 2, durationNs: 4 * S }],
      },
      undefined,
      11,
    ],
    [
      {
        kind: 'stages',
        process: { kind: 'constant' },
        stages: [{ fromRatePerS: 2, toRatePerS: 2, durationNs: 4 * S }],
      },
      5,
      8,
    ],
  ])('of %j with requestCount %s is %s, three of them warm-up', (arrivals, requestCount, expected) => {
    const spec = { ...PLAN_SPEC, arrivals, requestCount, warmupRequestCount: 3 };
    const plan = createLoadPlan(spec, { tokenCounter, dataset: [lengthRow(0, 1, 1), lengthRow(5, 1, 1)] });
    expect(plan.requestCount).toBe(expected);
    if (expected !== undefined) expect(requestValues(plan)).toHaveLength(expected);
  });
});

describe('warm-up', () => {
  it.each<ArrivalSpec>([
    { kind: 'constant', ratePerS: 10 },
    { kind: 'gamma', ratePerS: 10, burstiness: 0.5 },
    { kind: 'closed_loop', concurrencyCount: 2 },
  ])('with %j comes first and leaves the measured requests what they are, later by one time', (arrivals) => {
    const without = requests({ arrivals });
    const all = requests({ arrivals, warmupRequestCount: 6 });
    expect(all.slice(0, 6).every((request) => request.phase === 'warmup')).toBe(true);
    const measured = all.slice(6);
    const shifts = measured.map(
      (request, index) => (request.intendedOffsetNs ?? 0) - (without[index]?.intendedOffsetNs ?? 0),
    );
    expect(new Set(shifts).size).toBe(1);
    expect(
      measured.map(({ prompt, promptTokens, outputTokens, phase }) => ({
        prompt,
        promptTokens,
        outputTokens,
        phase,
      })),
    ).toEqual(
      without.map(({ prompt, promptTokens, outputTokens, phase }) => ({
        prompt,
        promptTokens,
        outputTokens,
        phase,
      })),
    );
  });

  it('ends when the next warm-up request would be due', () => {
    const times = requests({
      arrivals: { kind: 'constant', ratePerS: 10 },
      warmupRequestCount: 2,
      requestCount: 2,
    });
    expect(times.map((request) => request.intendedOffsetNs)).toEqual([0, 0.1 * S, 0.2 * S, 0.3 * S]);
  });

  it('runs at the first rate of stages, and at the mean rate of recorded times', () => {
    const stages = [
      { fromRatePerS: 0, toRatePerS: 0, durationNs: S },
      { fromRatePerS: 0, toRatePerS: 10, durationNs: 2 * S },
    ];
    const staged = requests({
      arrivals: { kind: 'stages', process: { kind: 'constant' }, stages },
      warmupRequestCount: 2,
    });
    expect(staged.slice(0, 3).map((request) => request.intendedOffsetNs)).toEqual([0, 0.2 * S, 1.4 * S]);
    const rows = [lengthRow(0, 1, 1), lengthRow(3 * S, 1, 1), lengthRow(4 * S, 1, 1)];
    const replayed = requests(
      { arrivals: { kind: 'recorded', timeScale: 0.5 }, requestCount: undefined, warmupRequestCount: 2 },
      rows,
    );
    expect(replayed.map((request) => request.intendedOffsetNs)).toEqual([0, S, 2 * S, 3.5 * S, 4 * S]);
  });

  it('takes the sizes of the first rows and none of their text', () => {
    const rows: DatasetRow[] = [
      {
        arrivalOffsetNs: undefined,
        prompt: { kind: 'text', text: 'one two three' },
        output: { kind: 'text', text: 'a b' },
      },
      { arrivalOffsetNs: undefined, prompt: { kind: 'text', text: 'four five' }, output: undefined },
    ];
    const all = requests({ ...RECORDED, warmupRequestCount: 1, requestCount: 2 }, rows);
    expect(all.map((request) => request.promptTokens)).toEqual([3, 3, 2]);
    expect(all.map((request) => request.outputTokens)).toEqual([2, 2, undefined]);
    expect(all.map(({ prompt }) => promptText(prompt)).slice(1)).toEqual(['one two three', 'four five']);
    expect(promptText(all[0]?.prompt)).not.toContain('one two');
  });
});

describe('recorded rows', () => {
  it('are taken in order and again from the first, with fresh text where only a length was recorded', () => {
    const rows = [lengthRow(0, 30, 5), lengthRow(7, 40, 6)];
    const all = requests({ ...RECORDED, requestCount: 4 }, rows);
    expect(all.map((request) => request.promptTokens)).toEqual([30, 40, 30, 40]);
    expect(all.map((request) => request.outputTokens)).toEqual([5, 6, 5, 6]);
    expect(new Set(all.map(({ prompt }) => promptText(prompt))).size).toBe(4);
  });

  it('keep their messages, counted without a chat template', () => {
    const messages = [
      { role: 'system', content: 'be brief' },
      { role: 'user', content: 'what is new today' },
    ];
    const [request] = requests({ ...RECORDED, requestCount: 1 }, [
      { arrivalOffsetNs: undefined, prompt: { kind: 'messages', messages }, output: undefined },
    ]);
    expect(request?.prompt).toEqual({ kind: 'messages', messages });
    expect(request?.promptTokens).toBe(6);
  });

  it('are counted when a request is asked, not when it is planned', () => {
    let countedTexts = 0;
    const counting = { ...tokenCounter, countTokens: (text: string) => ((countedTexts += 1), text.length) };
    const rows: DatasetRow[] = [
      {
        arrivalOffsetNs: undefined,
        prompt: { kind: 'text', text: 'one' },
        output: { kind: 'text', text: 'a' },
      },
    ];
    const plan = createLoadPlan({ ...PLAN_SPEC, ...RECORDED }, { tokenCounter: counting, dataset: rows });
    const [first] = [...plan.requests()];
    expect(countedTexts).toBe(0);
    expect([first?.promptTokens, first?.promptTokens, first?.outputTokens, first?.outputTokens]).toEqual([
      3, 3, 1, 1,
    ]);
    expect(countedTexts).toBe(2);
  });
});

it('hands each row’s own terms to its measured requests, again from the first, whatever else is drawn', () => {
  const rows = [{ ...lengthRow(0, 7, 3), slo: 'ttft:200ms' }, lengthRow(1, 8, 4)];
  const own = ['ttft:200ms', undefined, 'ttft:200ms'];
  const count = { requestCount: 3, warmupRequestCount: 2 };
  expect(requests({ ...RECORDED, ...count }, rows).map(({ slo }) => slo)).toEqual([
    undefined,
    undefined,
    ...own,
  ]);
  expect(requests({ requestCount: 3 }, rows).map(({ slo }) => slo)).toEqual(own);
  expect(requests({ requestCount: 1 }).map(({ slo }) => slo)).toEqual([undefined]);
});

describe('a shared prefix', () => {
  it('begins every generated prompt, on top of its own length', () => {
    const all = requests({
      sharedPrefixTokens: 32,
      promptLengths: { kind: 'fixed', lengthTokens: 8 },
      warmupRequestCount: 1,
    });
    const words = all.map(({ prompt }) => promptText(prompt).split(' '));
    expect(new Set(words.map((text) => text.slice(0, 32).join(' '))).size).toBe(1);
    expect(new Set(words.map((text) => text.slice(32).join(' '))).size).toBe(21);
    expect(all.every((request) => request.promptTokens === 40)).toBe(true);
    expect(words.every((text) => text.length === 40)).toBe(true);
  });
});

describe('a spec that does not fit', () => {
  it('reports every problem of the spec with its data set', () => {
    const rows: DatasetRow[] = [
      { arrivalOffsetNs: undefined, prompt: { kind: 'text', text: 'one' }, output: undefined },
    ];
    expect(
      problemsOf({ ...RECORDED, arrivals: { kind: 'recorded', timeScale: 1 }, sharedPrefixTokens: 5 }, rows),
    ).toEqual([
      'Expected a data set with a time on every row for recorded arrivals but received none on row 1',
      'Expected no sharedPrefixTokens with a data set that has prompts of its own (text) but received 5',
    ]);
    expect(
      problemsOf({
        arrivals: { kind: 'all_at_once' },
        requestCount: undefined,
        outputLengths: { kind: 'recorded' },
      }),
    ).toEqual([
      'Expected a number for requestCount, because all requests are sent at once, but received nothing',
      'Expected a data set with rows for recorded outputLengths but received none',
    ]);
    expect(
      problemsOf({ arrivals: { kind: 'recorded', timeScale: 1 }, requestCount: 3 }, [lengthRow(0, 1, 1)]),
    ).toEqual([
      'Expected at most the 1 rows of the data set for requestCount with recorded arrivals but received 3',
    ]);
  });

  it('is refused for its form before anything else', () => {
    expect(problemsOf({ seed: 0.5 })).toEqual(['Expected a whole number for seed but received 0.5']);
  });
});
