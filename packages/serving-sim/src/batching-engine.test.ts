import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEngine } from './batching-engine.js';
import { resolveEngineConfig, SCHEDULING_POLICIES, type EngineConfig } from './engine-config.js';
import { engineNs } from './engine-time.js';
import { ENGINE_PROFILES } from './profiles.js';
import { seededRandom } from './random.js';
import type { EngineEvent, ServingEngine } from './serving-engine.js';
import { simulate } from './simulate.js';
import { plainEngine, type TestRequest } from './testing/run-engine.js';

const PROFILE = ENGINE_PROFILES['h100-llama3-8b'];
const MAX_MODEL_TOKENS = 200;

const load = fc.array(
  fc.record({
    promptTokens: fc.integer({ min: 1, max: 150 }),
    outputTokens: fc.integer({ min: 1, max: 50 }),
    waitNs: fc.integer({ min: 0, max: 40_000_000 }),
    prefix: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 30 },
);
const overrides = fc.record({
  policy: fc.constantFrom(...SCHEDULING_POLICIES),
  // 13 blocks just hold the longest request: most runs preempt.
  kvBlockCount: fc.integer({ min: 13, max: 60 }),
  maxSequenceCount: fc.integer({ min: 1, max: 20 }),
  maxBatchedTokens: fc.integer({ min: MAX_MODEL_TOKENS, max: 400 }),
  prefixCaching: fc.boolean(),
});

type Load = typeof load extends fc.Arbitrary<infer T> ? T : never;

function requestsOf(items: Load): { request: TestRequest; atNs: ReturnType<typeof engineNs> }[] {
  let atNs = 0;
  return items.map(({ promptTokens, outputTokens, waitNs, prefix }, index) => {
    atNs += waitNs;
    const keys = Array.from({ length: Math.floor(promptTokens / 16) }, (_, block) => `${prefix}:${block}`);
    const promptBlockKeys = prefix === undefined ? {} : { promptBlockKeys: keys };
    return {
      request: { name: String(index), promptTokens, outputTokens, ...promptBlockKeys },
      atNs: engineNs(atNs),
    };
  });
}

function runLoad(items: Load, config: EngineConfig, seed = 1) {
  const engine = createEngine<TestRequest>(PROFILE, config, seededRandom(seed));
  const arrivals = requestsOf(items);
  for (const { request, atNs } of arrivals) engine.submit(request, atNs);
  const events: EngineEvent<TestRequest>[] = [];
  const stats = [];
  for (let event = engine.step(); event !== undefined; event = engine.step()) {
    events.push(event);
    stats.push(engine.stats());
  }
  return { engine, arrivals, events, stats };
}

describe('whatever the load and the limits', () => {
  it('emits every token that was asked for, in order, never backwards in time', () => {
    fc.assert(
      fc.property(load, overrides, (items, limits) => {
        const config = resolveEngineConfig(PROFILE, { ...limits, maxModelTokens: MAX_MODEL_TOKENS });
        const { engine, arrivals, events } = runLoad(items, config);
        const emitted = new Map(arrivals.map(({ request }) => [request, 0]));
        let previousEndNs = 0;
        for (const event of events) {
          if (event.kind === 'started') {
            expect(event.iteration.startNs).toBeGreaterThanOrEqual(previousEndNs);
            expect(event.iteration.endNs).toBeGreaterThan(event.iteration.startNs);
            continue;
          }
          previousEndNs = event.iteration.endNs;
          for (const { request, tokenIndex, isLast } of event.iteration.emissions) {
            expect(tokenIndex).toBe(emitted.get(request));
            expect(isLast).toBe(tokenIndex + 1 === request.outputTokens);
            emitted.set(request, tokenIndex + 1);
          }
        }
        for (const { request } of arrivals) expect(emitted.get(request)).toBe(request.outputTokens);
        expect(engine.stats()).toMatchObject({ runningCount: 0, waitingCount: 0, kvUsedBlockCount: 0 });
      }),
    );
  });

  it('keeps to the limits, and to the blocks that the running requests need', () => {
    fc.assert(
      fc.property(load, overrides, (items, limits) => {
        const config = resolveEngineConfig(PROFILE, {
          ...limits,
          maxModelTokens: MAX_MODEL_TOKENS,
          prefixCaching: false,
        });
        const { events, stats } = runLoad(items, config);
        const kvTokens = new Map<TestRequest, number>();
        events.forEach(({ kind, iteration }, index) => {
          if (kind === 'started') {
            const chunks = iteration.prefillChunks.reduce((sum, { chunkTokens }) => sum + chunkTokens, 0);
            expect(chunks + iteration.decodes.length).toBeLessThanOrEqual(config.maxBatchedTokens);
            for (const request of iteration.preempted) kvTokens.delete(request);
            for (const { request, contextTokens, chunkTokens } of iteration.prefillChunks) {
              expect(contextTokens).toBe(kvTokens.get(request) ?? 0);
              kvTokens.set(request, contextTokens + chunkTokens);
            }
            for (const { request, contextTokens } of iteration.decodes)
              kvTokens.set(request, contextTokens + 1);
          } else {
            for (const { request, isLast } of iteration.emissions) if (isLast) kvTokens.delete(request);
          }
          const neededBlocks = [...kvTokens.values()].reduce(
            (sum, tokens) => sum + Math.ceil(tokens / 16),
            0,
          );
          expect(stats[index]?.kvUsedBlockCount).toBe(neededBlocks);
          expect(neededBlocks).toBeLessThanOrEqual(config.kvBlockCount);
          expect(stats[index]?.runningCount).toBeLessThanOrEqual(config.maxSequenceCount);
        });
      }),
    );
  });

  it('admits first come, first served', () => {
    fc.assert(
      fc.property(load, overrides, (items, limits) => {
        const config = resolveEngineConfig(PROFILE, { ...limits, maxModelTokens: MAX_MODEL_TOKENS });
        const { arrivals, events } = runLoad(items, config);
        const firstAdmissions = new Set<TestRequest>();
        for (const { iteration } of events)
          iteration.admitted.forEach((request) => firstAdmissions.add(request));
        expect([...firstAdmissions].map(({ name }) => name)).toEqual(
          arrivals.map(({ request }) => request.name),
        );
      }),
    );
  });

  it('gives the same events for the same seed, and others for another', () => {
    const items = fc.sample(load, { numRuns: 1, seed: 3 })[0] ?? [];
    const config = resolveEngineConfig(PROFILE, { maxModelTokens: MAX_MODEL_TOKENS });
    expect(runLoad(items, config).events).toEqual(runLoad(items, config).events);
    expect(runLoad(items, config, 2).events).not.toEqual(runLoad(items, config).events);
  });

  it('frees what cancelled requests held, and emits nothing more for them', () => {
    fc.assert(
      fc.property(
        load,
        overrides,
        fc.array(fc.nat(60), { maxLength: 20 }),
        (items, limits, cancelAtSteps) => {
          const config = resolveEngineConfig(PROFILE, { ...limits, maxModelTokens: MAX_MODEL_TOKENS });
          const engine = createEngine<TestRequest>(PROFILE, config, seededRandom(1));
          const arrivals = requestsOf(items);
          for (const { request, atNs } of arrivals) engine.submit(request, atNs);
          const cancelled = new Set<TestRequest>();
          const emitted = new Map<TestRequest, number>();
          let stepIndex = 0;
          for (let event = engine.step(); event !== undefined; event = engine.step()) {
            if (event.kind === 'ended') {
              for (const { request } of event.iteration.emissions) {
                expect(cancelled.has(request)).toBe(false);
                emitted.set(request, (emitted.get(request) ?? 0) + 1);
              }
            }
            const victim = cancelAtSteps[stepIndex++];
            const request = victim === undefined ? undefined : arrivals[victim % arrivals.length]?.request;
            if (request !== undefined && engine.cancel(request)) cancelled.add(request);
          }
          for (const { request } of arrivals) {
            if (!cancelled.has(request)) expect(emitted.get(request)).toBe(request.outputTokens);
          }
          expect(engine.stats()).toMatchObject({ runningCount: 0, waitingCount: 0, kvUsedBlockCount: 0 });
        },
      ),
    );
  });
});

describe('submit', () => {
  const valid: TestRequest = { name: 'a', promptTokens: 10, outputTokens: 10 };

  it.each([
    ['no prompt', { promptTokens: 0 }],
    ['a fraction', { outputTokens: 1.5 }],
    ['more than the model’s limit', { promptTokens: 4_090 }],
  ])('refuses %s', (_, fields) => {
    expect(() => plainEngine().submit({ ...valid, ...fields }, engineNs(0))).toThrow(RangeError);
  });

  it('refuses an arrival out of order and a request it holds already', () => {
    const engine: ServingEngine<TestRequest> = plainEngine();
    engine.submit(valid, engineNs(5));
    expect(() => engine.submit({ ...valid }, engineNs(4))).toThrow('Expected an arrival at 5 ns or later');
    expect(() => engine.submit(valid, engineNs(6))).toThrow(RangeError);
  });
});

describe('an engine that runs', () => {
  it('says when its next event comes', () => {
    const engine = plainEngine();
    expect(engine.nextEventNs()).toBeUndefined();
    engine.submit({ name: 'a', promptTokens: 10, outputTokens: 1 }, engineNs(7));
    expect(engine.nextEventNs()).toBe(7);
    expect(engine.step()?.kind).toBe('started');
    expect(engine.nextEventNs()).toBe(1_100_007);
    expect(engine.step()?.kind).toBe('ended');
    expect(engine.step()).toBeUndefined();
  });

  it('shows who runs, who waits and how much KV is in use', () => {
    const engine = plainEngine({ maxSequenceCount: 1 });
    engine.submit({ name: 'a', promptTokens: 20, outputTokens: 5 }, engineNs(0));
    engine.submit({ name: 'b', promptTokens: 20, outputTokens: 5 }, engineNs(0));
    engine.submit({ name: 'c', promptTokens: 20, outputTokens: 5 }, engineNs(900_000_000));
    engine.step();
    expect(engine.stats()).toMatchObject({
      runningCount: 1,
      waitingCount: 1,
      kvUsedBlockCount: 2,
      kvBlockCount: 1_000,
    });
  });

  it('keeps the KV of a request that is cancelled in an iteration until its end', () => {
    const engine = plainEngine();
    const request: TestRequest = { name: 'a', promptTokens: 20, outputTokens: 5 };
    engine.submit(request, engineNs(0));
    engine.step();
    expect(engine.cancel(request)).toBe(true);
    expect(engine.stats().kvUsedBlockCount).toBe(2);
    expect(engine.step()).toMatchObject({ kind: 'ended', iteration: { emissions: [] } });
    expect(engine.stats().kvUsedBlockCount).toBe(0);
  });

  it('does not know a request that has finished', () => {
    const engine = plainEngine();
    const request: TestRequest = { name: 'a', promptTokens: 10, outputTokens: 1 };
    simulate([{ request, atNs: engineNs(0) }], engine);
    expect(engine.cancel(request)).toBe(false);
  });
});
