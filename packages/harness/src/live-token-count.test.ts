import type { StreamChunk } from '@fluidscope/llm-client';
import { describe, expect, it } from 'vitest';
import { runNs } from '@fluidscope/units';
import { LiveTokenCount } from './live-token-count.js';

type Chunk = readonly [kind: StreamChunk['kind'], usageOutputTokensSoFar?: number];

function count(chunks: readonly Chunk[]): { readonly counts: number[]; readonly live: LiveTokenCount } {
  const live = new LiveTokenCount();
  const counts = chunks.map(([kind, usageOutputTokensSoFar]) =>
    live.count({
      arrivalNs: runNs(0),
      stampSource: 'user',
      errorNs: Number.NaN,
      kind,
      text: '',
      usageOutputTokensSoFar,
    }),
  );
  return { counts, live };
}

describe('without a running count from the server', () => {
  it('counts one a chunk with text, of any kind, and none for the others', () => {
    const { counts, live } = count([['none'], ['reasoning'], ['content'], ['tool_call'], ['none']]);
    expect(counts).toEqual([0, 1, 1, 1, 0]);
    expect(live.isServerCount).toBe(false);
  });

  it('takes a usage that comes once, at the end, for no running count', () => {
    const { counts, live } = count([['content'], ['content'], ['none', 2]]);
    expect(counts).toEqual([1, 1, 0]);
    expect(live).toMatchObject({ isServerCount: false, isBroken: false });
  });

  it('takes a usage before the first text for no running count', () => {
    expect(count([['none', 1], ['content'], ['content']]).counts).toEqual([0, 1, 1]);
  });
});

describe('with a running count from the server', () => {
  it('counts the differences, several tokens a chunk and tokens without text too', () => {
    const { counts, live } = count([
      ['none', 0],
      ['content', 3],
      ['none', 4],
      ['content', 5],
      ['none', 5],
    ]);
    expect(counts).toEqual([0, 3, 1, 1, 0]);
    expect(live).toMatchObject({ isServerCount: true, isBroken: false });
  });

  it('does not stand when a chunk with text lacks it', () => {
    expect(count([['content', 1], ['content'], ['content', 3]]).live).toMatchObject({
      isServerCount: false,
      isBroken: true,
    });
  });

  it('does not stand when it falls', () => {
    expect(
      count([
        ['content', 2],
        ['content', 1],
      ]).live,
    ).toMatchObject({ isServerCount: false, isBroken: true });
  });
});
