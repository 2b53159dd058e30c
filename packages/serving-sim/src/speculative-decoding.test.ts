import { expect, it } from 'vitest';
import { createEngine } from './batching-engine.js';
import { resolveEngineConfig } from './engine-config.js';
import { engineNs } from './engine-time.js';
import { seededRandom } from './random.js';
import type { EngineRequest } from './serving-engine.js';
import { simulate, type Arrival } from './simulate.js';
import { PLAIN_PROFILE } from './testing/plain-profile.js';

const DRAFTS = 3;

function tokensOfIterations(acceptanceRatio: number, outputTokens: number) {
  const config = resolveEngineConfig(PLAIN_PROFILE, { draftTokens: DRAFTS, acceptanceRatio });
  const engine = createEngine(PLAIN_PROFILE, config, seededRandom(1));
  const perIteration: number[] = [];
  const [request] = simulate(
    [{ request: { promptTokens: 8, outputTokens }, atNs: engineNs(0) }],
    engine,
    ({ emissions }) => perIteration.push(emissions.length),
  );
  return { perIteration, tokensCount: request?.tokenNs.length, stats: engine.stats() };
}

it('gives a decode all of its drafts where all are accepted, and never more than was asked for', () => {
  const { perIteration, tokensCount, stats } = tokensOfIterations(1, 11);
  expect(perIteration).toEqual([1, 4, 4, 2]);
  expect(tokensCount).toBe(11);
  expect(stats).toMatchObject({ draftedTokens: 7, acceptedTokens: 7, kvUsedBlockCount: 0 });
});

it('gives one token an iteration where none is accepted', () => {
  expect(tokensOfIterations(0, 6).perIteration).toEqual([1, 1, 1, 1, 1, 1]);
});

it('gives (1 - x^(k+1)) / (1 - x) tokens an iteration on average', () => {
  const ratio = 0.6;
  const { perIteration } = tokensOfIterations(ratio, 4_000);
  const decodes = perIteration.slice(1, -1);
  const mean = decodes.reduce((sum, count) => sum + count, 0) / decodes.length;
  expect(mean).toBeCloseTo((1 - ratio ** (DRAFTS + 1)) / (1 - ratio), 1);
});

it('draws the same for a request whatever runs beside it', () => {
  const config = resolveEngineConfig(PLAIN_PROFILE, { draftTokens: DRAFTS, acceptanceRatio: 0.5 });
  const chunksOf = (others: number) => {
    const engine = createEngine<EngineRequest>(PLAIN_PROFILE, config, seededRandom(1));
    const mine: EngineRequest = { promptTokens: 8, outputTokens: 60, drawKey: 7 };
    const load: Arrival<EngineRequest>[] = Array.from({ length: others }, (_, index) => ({
      request: { promptTokens: 4, outputTokens: 20, drawKey: 100 + index },
      atNs: engineNs(0),
    }));
    const counts: number[] = [];
    simulate([...load, { request: mine, atNs: engineNs(0) }], engine, ({ emissions }) => {
      const count = emissions.filter(({ request }) => request === mine).length;
      if (count > 0) counts.push(count);
    });
    return counts;
  };
  expect(chunksOf(3)).toEqual(chunksOf(0));
});

it('takes another acceptance from the next iteration on', () => {
  const config = resolveEngineConfig(PLAIN_PROFILE, { draftTokens: DRAFTS, acceptanceRatio: 1 });
  const engine = createEngine(PLAIN_PROFILE, config, seededRandom(1));
  engine.submit({ promptTokens: 8, outputTokens: 20 }, engineNs(0));
  const counts: number[] = [];
  for (let event = engine.step(); event !== undefined; event = engine.step()) {
    if (event.kind === 'ended') counts.push(event.iteration.emissions.length);
    if (counts.length === 2) engine.adjust({ acceptanceRatio: 0 });
  }
  expect(counts.slice(0, 4)).toEqual([1, 4, 1, 1]);
});
