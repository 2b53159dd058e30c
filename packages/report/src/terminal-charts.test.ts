import { createMemoryTrace, parseScenario, runScenario, runStartOf } from '@fluidscope/scenario';
import type { TraceReader } from '@fluidscope/trace-schema';
import { durationNs } from '@fluidscope/units';
import { beforeAll, expect, it } from 'vitest';
import { judgedByDeadlines, summariseTrace } from './index.js';
import { chartBinsCount, formatCharts, readChartData, sparkline } from './terminal-charts.js';
import { PAUSES } from './testing/scenario-page.js';

let reader: TraceReader;

beforeAll(async () => {
  const scenario = parseScenario(PAUSES);
  const trace = createMemoryTrace(runStartOf(scenario, 1));
  await runScenario(scenario, 1, trace.writer);
  reader = trace.reader;
});

it('draws the pauses where they were, the misses under them, and each wait once', async () => {
  const data = await readChartData(reader, 50);
  if (data === undefined) throw new Error('no chart');
  const { latency } = await summariseTrace(reader);
  expect(data.counts.reduce((sum, count) => sum + count, 0)).toBe(latency.interChunkTimeNs?.count);
  expect(Math.max(...data.worstNs.filter((value) => !Number.isNaN(value)))).toBe(
    latency.interChunkTimeNs?.max,
  );
  // Pauses of half a second end at 3.5 s and 6.5 s.
  const slow = [...data.worstNs.entries()].filter(([, ns]) => ns > 400e6);
  for (const endNs of [3.5e9, 6.5e9])
    expect(
      slow.some(([bin]) => Math.abs(data.fromNs + (bin + 0.5) * data.binNs - endNs) < 2 * data.binNs),
    ).toBe(true);
  for (const [bin] of slow) expect(data.missedCounts[bin]).toBeGreaterThan(0);
});

it('keeps within the terminal, and within ASCII where it must', async () => {
  for (const columns of [40, 80, 200]) {
    const data = await readChartData(reader, chartBinsCount(columns));
    if (data === undefined) throw new Error('no chart');
    const text = formatCharts(data, { columns, isAscii: true });
    expect(text).not.toMatch(/[^\n\x20-\x7e]/);
    expect(text).toContain('!');
    for (const line of text.split('\n').filter((each) => !each.startsWith('Worst')))
      expect(line.length).toBeLessThanOrEqual(Math.max(columns, 60));
    expect(formatCharts(data, { columns, isAscii: false })).toMatch(/█.*\n {2}missed.*▲/);
  }
});

it('draws the least as the lowest and the greatest as the highest, and leaves room for what is not there', () => {
  expect(sparkline([1_000, NaN, 1_000_000_000], false)).toBe('▁ █');
  expect(sparkline([5, 5], true)).toBe('..');
  expect(sparkline([], false)).toBe('');
});

it('has none of a run without tokens', async () => {
  const { reader: empty } = createMemoryTrace(runStartOf(parseScenario(PAUSES), 1));
  expect(await readChartData(empty, 10)).toBeUndefined();
});

it('judges by other deadlines: stricter ones are missed more, lenient ones never', async () => {
  const by = async (tbtMs: number, ttftMs: number): Promise<readonly [missed: number, marks: number]> => {
    const deadlines = { tbtDeadlineNs: durationNs(tbtMs * 1e6), ttftDeadlineNs: durationNs(ttftMs * 1e6) };
    const judged = judgedByDeadlines(reader, deadlines);
    const { fluidity } = await summariseTrace(judged);
    expect(fluidity).toMatchObject(deadlines);
    const data = await readChartData(judged, 20);
    return [fluidity.missedDeadlinesCount, data?.missedCounts.reduce((sum, count) => sum + count, 0) ?? -1];
  };
  const [strict, lenient] = [await by(1, 100), await by(60_000, 60_000)];
  expect(strict[0]).toBeGreaterThan((await summariseTrace(reader)).fluidity.missedDeadlinesCount);
  expect(strict[1]).toBe(strict[0]);
  expect(lenient).toEqual([0, 0]);
  // Its own deadlines give its own figures.
  const own = judgedByDeadlines(reader, {});
  expect((await summariseTrace(own)).fluidity).toEqual((await summariseTrace(reader)).fluidity);
});
