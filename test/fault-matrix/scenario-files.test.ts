import { butForTruth, createMemoryTrace, runScenario, runStartOf } from '@fluidscope/scenario';
import { CAUSES } from '@fluidscope/trace-schema';
import { expect, it } from 'vitest';
import { expectedCauses, loadScenario, namesIn } from './src/scenario-files.js';

const EXPECTED = expectedCauses();

it('reads every scenario under every family and tier', () => {
  for (const name of namesIn('scenarios'))
    for (const family of namesIn('families'))
      for (const tier of [undefined, ...namesIn('tiers')])
        expect(loadScenario(name, { family, ...(tier === undefined ? {} : { tier }) }).name).toBe(name);
});

it('expects causes of faults that are there, and of no others', () => {
  expect(Object.keys(EXPECTED).toSorted()).toEqual(namesIn('scenarios'));
  for (const [name, causes] of Object.entries(EXPECTED)) {
    const ids = loadScenario(name, { family: 'chat' }).faults.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(Object.keys(causes)));
    expect(CAUSES).toEqual(expect.arrayContaining(Object.values(causes)));
  }
});

it.each(namesIn('scenarios'))('%s: the faults with a cause cost deadlines, the others none', (name) => {
  const scenario = loadScenario(name, { family: 'chat' });
  const { without, withoutAll, whole, misses } = butForTruth(scenario, 1);
  const causes = EXPECTED[name] ?? {};
  const blamed = new Set(misses.flatMap(({ effects }) => Object.keys(effects)));
  expect([...blamed].filter((id) => !(id in causes))).toEqual([]);
  for (const [id, counts] of Object.entries(without)) {
    if (id in causes) expect(counts.missedCount).toBeLessThan(whole.missedCount);
    else expect(counts.missedCount).toBe(whole.missedCount);
  }
  const isOfLoad = ['n10b-nothing-but-late', 'n11-load-ramp'].includes(name);
  expect(withoutAll.missedCount / withoutAll.totalCount).toBeLessThan(isOfLoad ? 1 : 0.01);
});

it('shows a reader no fault: a run’s row is the same with and without', async () => {
  const faulty = loadScenario('f06-pause-by-steps', { family: 'chat' });
  const clean = { ...loadScenario('n10-nothing', { family: 'chat' }), durationNs: faulty.durationNs };
  const trace = createMemoryTrace(runStartOf({ ...faulty, durationNs: 2e9 }, 1));
  await runScenario({ ...faulty, durationNs: 2e9 }, 1, trace.writer);
  const { config } = await trace.reader.run();
  expect(config).toEqual(runStartOf({ ...clean, durationNs: 2e9 }, 1).config);
  expect(JSON.stringify(config)).not.toMatch(/pause|fault/);
});
