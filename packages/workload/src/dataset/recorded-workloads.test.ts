import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { approximateTokenCounter } from '../approximate-token-counter.js';
import { createLoadPlan } from '../create-load-plan.js';
import type { PlannedRequest } from '../plan.js';
import type { WorkloadSpec } from '../spec.js';
import { promptText } from '../testing/plan-spec.js';
import { parseDataset } from './parse-dataset.js';

const WORKLOADS = new URL('../../../../../shared/data/workloads/', import.meta.url);
const absent = !existsSync(WORKLOADS);
if (absent)
  console.info('The recorded workloads (../shared/data/workloads) are absent: their tests are passed over.');

const read = (name: string): string => readFileSync(new URL(name, WORKLOADS), 'utf8');
const tokenCounter = approximateTokenCounter();
const REPLAY: WorkloadSpec = {
  seed: 1,
  arrivals: { kind: 'recorded', timeScale: 1 },
  warmupRequestCount: 0,
  promptLengths: { kind: 'recorded' },
  outputLengths: { kind: 'recorded' },
};

function replay(name: string): readonly PlannedRequest[] {
  const dataset = parseDataset(read(name), 'auto', name).rows;
  return [...createLoadPlan(REPLAY, { tokenCounter, dataset }).requests()];
}

/** The file's seconds of the day and decimals as whole nanoseconds, read without the code under test. */
function azureTimeOfDayNs(cell: string): number {
  const [hours = NaN, minutes = NaN, seconds = NaN, decimals = NaN] = cell
    .slice(11)
    .split(/[:.]/)
    .map(Number);
  return (hours * 3_600 + minutes * 60 + seconds) * 1e9 + decimals * 100;
}

describe.skipIf(absent)('the recorded workloads', () => {
  it('replay the first ten minutes of the Azure conversations to the nanosecond, with their lengths', () => {
    const lines = read('azure-2023-conversation.csv').trim().split(/\r?\n/).slice(1);
    const firstNs = azureTimeOfDayNs(lines[0]?.split(',')[0] ?? '');
    const expected = lines
      .map((line) => line.split(','))
      .map(([time = '', context, generated]) => [
        azureTimeOfDayNs(time) - firstNs,
        Number(context),
        Number(generated),
      ])
      .filter(([offsetNs = NaN]) => offsetNs < 600e9);
    const planned = replay('azure-2023-conversation.csv')
      .map((request) => [request.intendedOffsetNs ?? NaN, request.promptTokens, request.outputTokens])
      .filter(([offsetNs = NaN]) => offsetNs < 600e9);
    expect(expected.length).toBeGreaterThan(1_000);
    expect(planned).toEqual(expected);
  });

  it('share exactly their common hash ids in the Mooncake conversations', () => {
    const lines = read('mooncake-conversation-4k.jsonl').trim().split('\n').slice(0, 150);
    const recorded = lines.map((line) => JSON.parse(line) as { input_length: number; hash_ids: number[] });
    const pairs = pairsThatShare(recorded.map((row) => row.hash_ids));
    expect(pairs.some((pair) => pair.sharedBlockCount > 1)).toBe(true);
    const requests = replay('mooncake-conversation-4k.jsonl');
    const words = new Map<number, string[]>();
    const wordsOf = (index: number): string[] => {
      const known = words.get(index) ?? promptText(requests[index]?.buildPrompt()).split(' ');
      words.set(index, known);
      return known;
    };
    for (const { left, right, sharedBlockCount } of pairs) {
      expect(wordsOf(left)).toHaveLength(recorded[left]?.input_length ?? NaN);
      const parting = wordsOf(left).findIndex((word, position) => word !== wordsOf(right)[position]);
      expect(parting).toBeGreaterThanOrEqual(sharedBlockCount * 512);
      expect(parting).toBeLessThan(sharedBlockCount * 512 + 4);
    }
  });

  it('read every row of the Etalon lengths', () => {
    const lines = read('sharegpt-lengths.csv').trim().split(/\r?\n/).slice(1);
    const { rows, format } = parseDataset(read('sharegpt-lengths.csv'));
    expect(format).toBe('etalon');
    expect(rows).toHaveLength(lines.length);
    expect(rows.at(-1)).toEqual({
      arrivalOffsetNs: undefined,
      prompt: { kind: 'length', promptTokens: 2285 },
      output: { kind: 'length', outputTokens: 363 },
    });
  });
});

/** For each request with a predecessor that has more than the first block in common, the two and how much. */
function pairsThatShare(ids: readonly (readonly number[])[]) {
  return ids.flatMap((own, right) =>
    ids
      .slice(0, right)
      .map((other, left) => ({ left, right, sharedBlockCount: commonCount(own, other) }))
      .filter(({ left, sharedBlockCount }) => sharedBlockCount < Math.min(own.length, ids[left]?.length ?? 0))
      .toSorted((a, b) => b.sharedBlockCount - a.sharedBlockCount)
      .slice(0, 1),
  );
}

function commonCount(left: readonly number[], right: readonly number[]): number {
  const index = left.findIndex((id, position) => id !== right[position]);
  return index === -1 ? left.length : index;
}
