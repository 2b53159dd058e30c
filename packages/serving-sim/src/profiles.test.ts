import { describe, expect, it } from 'vitest';
import { createEngine } from './batching-engine.js';
import { resolveEngineConfig } from './engine-config.js';
import { engineNs } from './engine-time.js';
import { ENGINE_PROFILES, type EngineProfileName } from './profiles.js';
import { seededRandom } from './random.js';
import { simulate } from './simulate.js';
import { expectedStepNs } from './step-time.js';

const NS_PER_MS = 1e6;

/** Vidur's linear-layer tables as published: ms at these numbers of tokens. */
const VIDUR_TOKENS = [1, 64, 128, 256, 512, 1024, 2048, 4096];
const VIDUR_MS: Record<EngineProfileName, readonly number[]> = {
  'h100-llama3-8b': [5.6, 5.9, 6.4, 9.2, 12.0, 21.0, 40.5, 82.9],
  'a100-llama3-8b': [9.7, 11.2, 13.2, 19.5, 34.6, 75, 142, 273],
};

/** BLIS's fits: ms at no tokens, µs a prefill token, µs a decode token. */
const BLIS = {
  'h100-llama3-8b': { baseMs: 5.753, prefillUs: 17.25, decodeUs: 6.0 },
  'a100-llama3-8b': { baseMs: 16.442, prefillUs: 47.84, decodeUs: 18.21 },
} as const;

/** Llama-3-8B in bf16 (16.06 GB) at the memory's peak bandwidth in TB/s: no iteration can read the weights faster. */
const WEIGHTS_FLOOR_MS = { 'h100-llama3-8b': 16.06 / 3.35, 'a100-llama3-8b': 16.06 / 2.039 } as const;

function prefillMs(name: EngineProfileName, chunkTokens: number, contextTokens = 0): number {
  return (
    expectedStepNs(ENGINE_PROFILES[name].costs, {
      batchTokens: chunkTokens,
      sequenceCount: 1,
      prefillPairCount: chunkTokens * (contextTokens + chunkTokens / 2),
      decodeContextTokens: 0,
    }) / NS_PER_MS
  );
}

function decodeMs(name: EngineProfileName, sequenceCount: number, contextTokens: number): number {
  return (
    expectedStepNs(ENGINE_PROFILES[name].costs, {
      batchTokens: sequenceCount,
      sequenceCount,
      prefillPairCount: 0,
      decodeContextTokens: sequenceCount * contextTokens,
    }) / NS_PER_MS
  );
}

describe.each(['h100-llama3-8b', 'a100-llama3-8b'] as const)('%s', (name) => {
  const { costs } = ENGINE_PROFILES[name];

  it('has the published linear-layer times, none below the time to read the weights', () => {
    const tableMs = VIDUR_TOKENS.map(
      (batchTokens) =>
        expectedStepNs(
          { ...costs, baseNs: 0 },
          { batchTokens, sequenceCount: 0, prefillPairCount: 0, decodeContextTokens: 0 },
        ) / NS_PER_MS,
    );
    tableMs.forEach((value, index) => expect(value).toBeCloseTo(VIDUR_MS[name][index] ?? NaN, 6));
    expect(Math.min(...tableMs)).toBeGreaterThan(WEIGHTS_FLOOR_MS[name]);
  });

  it('takes what BLIS says for a lone decode without context, within 0.2 %', () => {
    const blisMs = BLIS[name].baseMs + BLIS[name].decodeUs / 1e3;
    expect(Math.abs(decodeMs(name, 1, 0) / blisMs - 1)).toBeLessThan(0.002);
  });

  it('takes what BLIS says for 64 decodes at short context, within 10 %', () => {
    const blisMs = BLIS[name].baseMs + (64 * BLIS[name].decodeUs) / 1e3;
    expect(Math.abs(decodeMs(name, 64, 64) / blisMs - 1)).toBeLessThan(0.1);
  });
});

it.each([128, 256, 512, 1024, 2048, 4096])(
  'agrees with BLIS within 25 %% on the H100 for a chunk of %d tokens',
  (chunkTokens) => {
    const blis = BLIS['h100-llama3-8b'];
    const blisMs = blis.baseMs + (chunkTokens * blis.prefillUs) / 1e3;
    expect(Math.abs(prefillMs('h100-llama3-8b', chunkTokens) / blisMs - 1)).toBeLessThan(0.25);
  },
);

it.each([128, 256, 512, 1024, 2048, 4096])(
  'stays within -15 %% and +50 %% of BLIS on the A100 for a chunk of %d tokens, where BLIS is at 94 %% of the GPU’s peak',
  (chunkTokens) => {
    const blis = BLIS['a100-llama3-8b'];
    const blisMs = blis.baseMs + (chunkTokens * blis.prefillUs) / 1e3;
    const ratio = prefillMs('a100-llama3-8b', chunkTokens) / blisMs;
    expect(ratio).toBeGreaterThan(0.85);
    expect(ratio).toBeLessThan(1.5);
  },
);

it.each([
  ['h100-llama3-8b', 41, 1.07],
  ['a100-llama3-8b', 142, 1.1],
] as const)('a 2,048-token chunk on %s costs at least %d ms', (name, floorMs, capRatio) => {
  expect(prefillMs(name, 2_048)).toBeGreaterThanOrEqual(floorMs);
  expect(prefillMs(name, 2_048)).toBeLessThan(floorMs * capRatio);
});

it.each(['h100-llama3-8b', 'a100-llama3-8b'] as const)(
  'a later chunk on %s costs more than the first',
  (name) => {
    expect(prefillMs(name, 512, 30_000)).toBeGreaterThan(prefillMs(name, 512) * 1.2);
  },
);

it('an engine without noise takes what the content of each iteration costs', () => {
  const name = 'h100-llama3-8b';
  const profile = { ...ENGINE_PROFILES[name], stepNoiseRatio: 0 };
  const engine = createEngine(profile, resolveEngineConfig(profile), seededRandom(1));
  const elapsedMs: number[] = [];
  const arrival = { request: { promptTokens: 20_000, outputTokens: 3 }, atNs: engineNs(0) };
  simulate([arrival], engine, ({ startNs, endNs }) => elapsedMs.push((endNs - startNs) / NS_PER_MS));
  const expectedMs = [
    prefillMs(name, 8_192),
    prefillMs(name, 8_192, 8_192),
    prefillMs(name, 3_616, 16_384),
    decodeMs(name, 1, 20_000),
    decodeMs(name, 1, 20_001),
  ];
  expect(elapsedMs.map((value) => value.toFixed(5))).toEqual(expectedMs.map((value) => value.toFixed(5)));
});

it('noise spreads steps by 3 to 5 % around the expected time', () => {
  const profile = ENGINE_PROFILES['h100-llama3-8b'];
  const engine = createEngine(profile, resolveEngineConfig(profile), seededRandom(5));
  const ratios: number[] = [];
  simulate(
    [{ request: { promptTokens: 1, outputTokens: 4_000 }, atNs: engineNs(0) }],
    engine,
    (iteration) => {
      const [decode] = iteration.decodes;
      if (decode === undefined) return;
      const expectedMs = decodeMs('h100-llama3-8b', 1, decode.contextTokens);
      ratios.push((iteration.endNs - iteration.startNs) / NS_PER_MS / expectedMs);
    },
  );
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  const deviation = Math.sqrt(ratios.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0) / ratios.length);
  expect(ratios).toHaveLength(3_999);
  expect(Math.abs(mean - 1)).toBeLessThan(0.003);
  expect(deviation).toBeGreaterThan(0.037);
  expect(deviation).toBeLessThan(0.043);
});
