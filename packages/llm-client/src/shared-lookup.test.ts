import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { sharedLookup } from './shared-lookup.js';

const ADDRESSES: LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

interface Setup {
  readonly asked: string[];
  readonly answers: ((error: NodeJS.ErrnoException | null) => void)[];
  find(host: string, all?: boolean): Promise<unknown>;
  advanceMs(byMs: number): void;
}

function setUp(): Setup {
  let nowMs = 0;
  const asked: string[] = [];
  const answers: Setup['answers'] = [];
  const lookup = sharedLookup(
    () => nowMs,
    (host, _options, answer) => {
      asked.push(host);
      answers.push((error) => answer(error, error === null ? ADDRESSES : (undefined as never)));
    },
  );
  return {
    asked,
    answers,
    advanceMs: (byMs) => {
      nowMs += byMs;
    },
    find: (host, all = true) =>
      new Promise((resolve) =>
        lookup(host, { all }, (error, found, family) => resolve(error ?? (all ? found : [found, family]))),
      ),
  };
}

describe('sharedLookup', () => {
  it('asks once for all who ask at the same time, and answers in the form each wants', async () => {
    const { asked, answers, find } = setUp();
    const found = [find('h'), find('h', false), find('other')];
    expect(asked).toEqual(['h', 'other']);
    for (const answer of answers) answer(null);
    expect(await Promise.all(found)).toEqual([ADDRESSES, ['127.0.0.1', 4], ADDRESSES]);
  });

  it('keeps an answer for a while, and then asks again', async () => {
    const { asked, answers, find, advanceMs } = setUp();
    const first = find('h');
    answers[0]?.(null);
    await first;
    advanceMs(9_999);
    expect(await find('h')).toEqual(ADDRESSES);
    expect(asked).toHaveLength(1);
    advanceMs(1);
    const second = find('h');
    expect(asked).toHaveLength(2);
    answers[1]?.(null);
    expect(await second).toEqual(ADDRESSES);
  });

  it('gives an error to all who wait, and does not keep it', async () => {
    const { asked, answers, find } = setUp();
    const waiting = [find('h'), find('h')];
    answers[0]?.(new Error('ENOTFOUND'));
    expect(await Promise.all(waiting)).toMatchObject([{ message: 'ENOTFOUND' }, { message: 'ENOTFOUND' }]);
    void find('h');
    expect(asked).toHaveLength(2);
  });
});
