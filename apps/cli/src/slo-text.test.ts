import { expect, it } from 'vitest';
import { parseSlo } from './slo-text.js';

it('reads terms by our names, AIPerf’s and vLLM’s', () => {
  expect(parseSlo('ttft:500ms, tpot<=50ms e2el:10s fluidity>=0.9')).toEqual([
    { metric: 'ttft', limitNs: 500_000_000 },
    { metric: 'tpot', limitNs: 50_000_000 },
    { metric: 'end_to_end', limitNs: 10_000_000_000 },
    { metric: 'fluidity_index', floorIndex: 0.9 },
  ]);
  expect(parseSlo('time_to_first_token:1s')).toEqual([{ metric: 'ttft', limitNs: 1_000_000_000 }]);
});

it.each([
  ['', 'at least one term'],
  ['ttft', 'a term such as'],
  ['tftt:5ms', 'the metric "tftt"'],
  ['ttft:500', 'bare number'],
  ['fluidity:1.5', 'from 0 to 1'],
  ['constructor:5ms', 'the metric "constructor"'],
])('refuses %j', (text, part) => {
  expect(parseSlo(text)).toMatchObject({ problem: expect.stringContaining(part) as string });
});

it('names every wrong term', () => {
  const { problem } = parseSlo('a:1s b:2s') as { problem: string };
  expect(problem).toContain('"a"');
  expect(problem).toContain('"b"');
});
