import { expect, it } from 'vitest';
import { createEngine } from './batching-engine.js';
import { resolveEngineConfig } from './engine-config.js';
import { engineNs } from './engine-time.js';
import { GpuGroup, type EngineHardware } from './gpu-group.js';
import { seededRandom } from './random.js';
import { promptKvMoved, schemaCompiled } from './request-hold.js';
import { PLAIN_PROFILE } from './testing/plain-profile.js';
import type { TestRequest } from './testing/run-engine.js';

const MS = 1_000_000;

function plainEngine(hardware?: EngineHardware) {
  const config = resolveEngineConfig(PLAIN_PROFILE);
  return createEngine<TestRequest>(PLAIN_PROFILE, config, seededRandom(1), hardware);
}

/** When each request began to run, by name, in order. */
function admissionsOf(engine: ReturnType<typeof plainEngine>): [string, number][] {
  const admissions: [string, number][] = [];
  for (let event = engine.step(); event !== undefined; event = engine.step())
    if (event.kind === 'started')
      for (const { name } of event.iteration.admitted) admissions.push([name, event.iteration.startNs]);
  return admissions;
}

it('is overtaken while it is held, waits meanwhile, and is added up once it is over', () => {
  const engine = plainEngine();
  const hold = schemaCompiled(50 * MS, { ratio: 1, key: 1 });
  engine.addHold(hold);
  engine.submit({ name: 'held', promptTokens: 1, outputTokens: 1 }, engineNs(0));
  engine.removeHold(hold);
  engine.submit({ name: 'free', promptTokens: 1, outputTokens: 1 }, engineNs(MS));
  expect(engine.stats()).toMatchObject({ waitingCount: 1, runningCount: 0, schemaHeldNs: 0 });
  expect(admissionsOf(engine)).toEqual([
    ['free', MS],
    ['held', 50 * MS],
  ]);
  expect(engine.stats()).toMatchObject({ waitingCount: 0, schemaHeldNs: 50 * MS, kvHeldNs: 0 });
});

it('befalls the share of the requests that it says, by draws that belong to each', () => {
  const hold = schemaCompiled(MS, { ratio: 0.25, key: 7 });
  const heldNs = (drawKey: number): number =>
    hold.heldNs({ promptTokens: 1, outputTokens: 1 }, { atNs: engineNs(0), drawKey });
  const held = Array.from({ length: 2_000 }, (_, drawKey) => heldNs(drawKey)).filter((ns) => ns > 0);
  expect(held.length / 2_000).toBeCloseTo(0.25, 1);
  expect(heldNs(3)).toBe(heldNs(3));
});

it('brings the KV of a prompt to its GPUs over PCIe while it is held', () => {
  const group = new GpuGroup('h100', 2);
  const engine = plainEngine(group);
  engine.addHold(promptKvMoved({ baseNs: 10 * MS, perTokenNs: MS }, { ratio: 1, key: 1 }));
  engine.submit({ name: 'moved', promptTokens: 40, outputTokens: 1 }, engineNs(0));
  group.advance(25 * MS);
  const half = group.gpus.map(({ totals }) => totals.pcieRxBytes);
  expect(half).toEqual([20 * 131_072 * 0.5, 20 * 131_072 * 0.5]);
  group.advance(50 * MS);
  expect(group.gpus[0]?.totals.pcieRxBytes).toBeCloseTo(20 * 131_072, 3);
  expect(admissionsOf(engine)).toEqual([['moved', 50 * MS]]);
  expect(engine.stats()).toMatchObject({ kvHeldNs: 50 * MS, schemaHeldNs: 0 });
});
