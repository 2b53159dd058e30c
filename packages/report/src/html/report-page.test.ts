import { methodsOf, type TraceReader } from '@fluidscope/trace-schema';
import { runNs } from '@fluidscope/units';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PageData } from '../page-data/page-data.js';
import { unpackNumbers } from '../page-data/packed-numbers.js';
import { NO_FAULT, PAUSES, scenarioPage } from '../testing/scenario-page.js';

const HOSTILE = `</script><script>alert('x')</script><img src=x onerror=alert(1)>`;

function dataOf(page: string): PageData {
  const [, json = ''] = /<script type="application\/json" id="report-data">([^<]*)</.exec(page) ?? [];
  return JSON.parse(json) as PageData;
}

describe('a run that stalled', () => {
  let page: string;
  beforeAll(async () => {
    page = await scenarioPage(PAUSES);
  });

  it('tells what was missed, what it cost, and where to see it', () => {
    expect(textOf(page, 'p class="verdict"')).toMatch(
      /^[\d.]+ % of the deadlines were missed: [\d,]+ of [\d,]+ over \d+ requests/,
    );
    expect(has(page, '<dt>Cost</dt>')).toBe(true);
    expect(page.match(/data-episode="e\d+"/g)?.length).toBeGreaterThan(2);
  });

  it('has every section, and every strip that the trace can fill', () => {
    for (const id of ['verdict', 'timeline', 'distributions', 'load', 'trust'])
      expect(has(page, `<section id="${id}"`)).toBe(true);
    const strips = dataOf(page).panels.map(({ id }) => id);
    expect(strips).toEqual(
      expect.arrayContaining([
        'sm_clock',
        'power',
        'throttle',
        'activity',
        'memory',
        'temperature',
        'pressure',
        'queue',
        'kv',
        'client',
      ]),
    );
  });

  it('holds every token and every missed deadline of the trace', () => {
    const { requests } = dataOf(page);
    const marks = unpackNumbers(requests.marks);
    const odd = unpackNumbers(requests.tokenCounts);
    const single = marks.filter((mark) => ((mark % 4) + 4) % 4 < 2).length;
    expect(single + odd.reduce((sum, count) => sum + count, 0)).toBe(tokensIn(page));
    const missed = unpackNumbers(requests.markMissedCounts).reduce((sum, count) => sum + count, 0);
    expect(has(page, `${missed.toLocaleString('en')} of `)).toBe(true);
  });

  it('asks for nothing from elsewhere', () => {
    expect(has(page, "default-src 'none'")).toBe(true);
    expect(page.match(/(?:src|href)="(?!#)[^"]*/g)).toBeNull();
  });
});

/** Not `toContain`, which prints the whole page when it fails. */
function has(page: string, text: string): boolean {
  return page.includes(text);
}

function textOf(page: string, tag: string): string {
  return new RegExp(`<${tag}>([^<]*)`).exec(page)?.[1] ?? '';
}

/** Output tokens as the section on load counts them. */
function tokensIn(page: string): number {
  return Number((/([\d,]+) tokens, /.exec(page)?.[1] ?? '').replaceAll(',', ''));
}

it('says when it went wrong, and how many requests met the SLO that the run had', async () => {
  const page = await scenarioPage(PAUSES, { config: { goodput: 'ttft:100ms fluidity:0.9' } });
  expect(page.replace(/\s+/g, ' ')).toMatch(
    /<dt>When<\/dt> <dd>3\.\d{3} s to 9\.\d{3} s into the run, [^<]* in \d+ episodes?<\/dd>/,
  );
  expect(page.replace(/\s+/g, ' ')).toMatch(/\d+ of \d+ requests met ttft:100ms fluidity:0\.9, \d/);
  expect(has(page, 'requests that met their SLO')).toBe(true);
});

it('says that all is well where no deadline was missed', async () => {
  const page = await scenarioPage(NO_FAULT);
  expect(has(page, 'no deadline was missed')).toBe(true);
  expect(has(page, 'None: no stall missed a deadline.')).toBe(true);
});

it('says why strips are empty in a run without agents', async () => {
  const page = await scenarioPage(PAUSES, {
    seen: (reader) => ({
      ...without(reader),
      agents: () => Promise.resolve([]),
      clockOffsets: () => Promise.resolve([]),
    }),
  });
  expect(dataOf(page).panels.map(({ id }) => id)).toEqual(['client', 'events']);
  expect(has(page, 'GPU clock: no GPU agent gave samples of it (run with --agent).')).toBe(true);
  expect(has(page, 'KV cache usage: the server’s own metrics were not scraped')).toBe(true);
  expect(has(page, 'None: no agent was attached to this run.')).toBe(true);
});

it('says that a trace was cut short', async () => {
  const page = await scenarioPage(PAUSES, {
    seen: (reader) => ({
      ...methodsOf(reader),
      run: async () => ({ ...(await reader.run()), end: undefined }),
    }),
  });
  expect(has(page, 'The trace was cut short')).toBe(true);
});

it('makes a page of a run without any request', async () => {
  const page = await scenarioPage(PAUSES, {
    seen: (reader) => ({
      ...methodsOf(reader),
      requests: () => Promise.resolve([]),
      chunks: () => noChunks(),
    }),
  });
  expect(has(page, 'Nothing can be said: no measured request ended well.')).toBe(true);
  expect(has(page, 'Empty: no measured request ended well')).toBe(true);
});

it('lets no text of a trace become markup', async () => {
  const page = await scenarioPage(PAUSES, {
    config: { model: HOSTILE, url: HOSTILE },
    also: (writer) => {
      const timeNs = runNs(1_000_000);
      writer.appendEvents([
        { source: HOSTILE, kind: 'warning', timeNs, detail: { message: HOSTILE } },
        { source: HOSTILE, kind: HOSTILE, timeNs, detail: { [HOSTILE]: HOSTILE } },
      ]);
      writer.appendLosses([
        { source: HOSTILE, fromNs: timeNs, toNs: runNs(2_000_000), count: 1, reason: HOSTILE },
      ]);
    },
  });
  expect(has(page, '&lt;/script&gt;&lt;script&gt;alert(&#39;x&#39;)')).toBe(true);
  expect(has(page, '<img')).toBe(false);
  expect(page.match(/<script/g)).toHaveLength(2);
  expect(page.match(/<\/script>/g)).toHaveLength(2);
});

/** As if only the client had been there. */
function without(reader: TraceReader): TraceReader {
  return {
    ...methodsOf(reader),
    sampleSeries: () => Promise.resolve([]),
    serverSamples: () => Promise.resolve([]),
  };
}

function noChunks(): ReturnType<TraceReader['chunks']> {
  return {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
  };
}
