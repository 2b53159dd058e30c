import { expect, it } from 'vitest';
import { createEngine } from './batching-engine.js';
import { resolveEngineConfig } from './engine-config.js';
import { engineNs } from './engine-time.js';
import { seededRandom } from './random.js';
import type { CompletedIteration } from './serving-engine.js';
import { simulate } from './simulate.js';
import { PLAIN_PROFILE } from './testing/plain-profile.js';
import { contentOf, plainEngine, type TestRequest } from './testing/run-engine.js';

function request(name: string, promptTokens: number, promptBlockKeys: readonly string[]): TestRequest {
  return { name, promptTokens, outputTokens: 2, promptBlockKeys };
}

function run(overrides: Parameters<typeof plainEngine>[0], requests: readonly TestRequest[]) {
  const engine = plainEngine(overrides);
  const iterations: CompletedIteration<TestRequest>[] = [];
  const arrivals = requests.map((each, index) => ({ request: each, atNs: engineNs(index * 100_000_000) }));
  simulate(arrivals, engine, (iteration) => iterations.push(iteration));
  return { engine, contents: iterations.map(contentOf) };
}

it('computes only what no earlier prompt shared', () => {
  const { engine, contents } = run({}, [
    request('a', 40, ['k0', 'k1']),
    request('b', 50, ['k0', 'k1', 'k2']),
  ]);
  expect(contents).toEqual(['a+40', 'a', 'b+18', 'b']);
  expect(engine.stats()).toMatchObject({ prefixQueryTokens: 90, prefixHitTokens: 32, kvUsedBlockCount: 0 });
});

it('computes a prompt whole whose beginning is lost, and counts that it was looked up in vain', () => {
  const config = resolveEngineConfig(PLAIN_PROFILE);
  const engine = createEngine<TestRequest>(PLAIN_PROFILE, config, seededRandom(1));
  const contents: string[] = [];
  const add = (name: string): void => {
    engine.submit(request(name, 40, ['k0', 'k1']), engineNs(contents.length * 100_000_000));
    for (let event = engine.step(); event !== undefined; event = engine.step())
      if (event.kind === 'ended') contents.push(contentOf(event.iteration));
  };
  add('a');
  engine.adjust({ lostPrefixRatio: 1 });
  add('b');
  engine.adjust({ lostPrefixRatio: 0 });
  expect(() => engine.adjust({ lostPrefixRatio: 2 })).toThrow(
    /from 0 to 1 for lostPrefixRatio but received 2/,
  );
  add('c');
  expect(contents).toEqual(['a+40', 'a', 'b+40', 'b', 'c+8', 'c']);
  expect(engine.stats()).toMatchObject({ prefixQueryTokens: 120, prefixHitTokens: 32, kvUsedBlockCount: 0 });
});

it('computes the last token of a prompt that is cached whole, since it yields the first output', () => {
  const { contents } = run({}, [request('a', 32, ['k0', 'k1']), request('b', 32, ['k0', 'k1'])]);
  expect(contents).toEqual(['a+32', 'a', 'b+16', 'b']);
});

it('shares between requests that run at once without counting a block twice', () => {
  const engine = plainEngine();
  const a: TestRequest = { name: 'a', promptTokens: 40, outputTokens: 50, promptBlockKeys: ['k0', 'k1'] };
  const b: TestRequest = { name: 'b', promptTokens: 40, outputTokens: 50, promptBlockKeys: ['k0', 'k1'] };
  engine.submit(a, engineNs(0));
  engine.submit(b, engineNs(1));
  for (let index = 0; index < 4; index++) engine.step();
  expect(engine.stats()).toMatchObject({ runningCount: 2, kvUsedBlockCount: 4 });
});

it('shares a block of a prompt that is cut only once the block is full', () => {
  const engine = plainEngine({ maxBatchedTokens: 24 });
  const iterations: CompletedIteration<TestRequest>[] = [];
  const arrivals = [request('a', 40, ['k0', 'k1']), request('b', 40, ['k0', 'k1'])];
  simulate(
    arrivals.map((each) => ({ request: each, atNs: engineNs(0) })),
    engine,
    (iteration) => iterations.push(iteration),
  );
  expect(iterations.slice(0, 3).map(contentOf)).toEqual(['a+24', 'a+16 b+8', 'b+16 a']);
});

it('computes everything when it is off', () => {
  const { engine, contents } = run({ prefixCaching: false }, [
    request('a', 40, ['k0', 'k1']),
    request('b', 40, ['k0', 'k1']),
  ]);
  expect(contents).toEqual(['a+40', 'a', 'b+40', 'b']);
  expect(engine.stats()).toMatchObject({ prefixQueryTokens: 0, prefixHitTokens: 0 });
});
