import { expect, it } from 'vitest';
import { CHROMIUM_PATH, openBrowser } from '../testing/open-browser.js';
import { checkStaticPage, FLAWLESS } from '../testing/static-page-check.js';
import type { CapacityBar, CapacityChart } from './capacity-chart.js';
import { capacityMatrixPage } from './matrix-page.js';

const found = (estimate: number, low: number, high: number): CapacityBar => ({
  kind: 'found',
  estimate,
  low,
  high,
  binds: 'KV memory',
});

const CHART: CapacityChart = {
  title: 'chat',
  unit: 'requests/s',
  systems: ['a', '<b>'],
  slos: [
    { name: 'strict', terms: 'fluidity>=0.99@99%' },
    { name: 'loose', terms: 'p99_ttft<=2s' },
  ],
  bars: [
    [found(8, 7, 9), { kind: 'below', limit: 1 }],
    [
      { kind: 'above', limit: 16 },
      { kind: 'failed', reason: 'it <exited>' },
    ],
  ],
};

function pageOf(chart: CapacityChart): string {
  return capacityMatrixPage({ title: 'Systems & SLOs', charts: [chart], notes: [] });
}

/** Top and height of each bar, by the bar's title. */
function barsOf(page: string): readonly (readonly [title: string, top: number, height: number])[] {
  return [...page.matchAll(/<title>([^<]*)<\/title>\s*<rect[^>]*\sy="([\d.]+)"\s+height="([\d.]+)"/g)].map(
    ([, title = '', top, height]) => [title, Number(top), Number(height)],
  );
}

it('draws each bar as high as its capacity, and none where none is known', () => {
  const bars = barsOf(pageOf(CHART));
  expect(bars.map(([title]) => title)).toEqual([
    'a: 8 (7 to 9)',
    '&lt;b&gt;: below 1',
    'a: above 16',
    '&lt;b&gt;: failed (it &lt;exited&gt;)',
  ]);
  const [eight = 0, below, sixteen = 0, failed] = bars.map(([, , height]) => height);
  expect(sixteen / eight).toBeCloseTo(2, 1);
  expect([below, failed]).toEqual([0, 0]);
  expect(new Set(bars.map(([, top, height]) => (top + height).toFixed(0))).size).toBe(1);
});

it('spans the interval with its whisker', () => {
  const page = pageOf(CHART);
  const [, high, low] =
    /class="whisker"\s+d="M[\d.]+ ([\d.]+)H[\d.]+M[\d.]+ [\d.]+V([\d.]+)/.exec(page) ?? [];
  const [bar] = barsOf(page);
  if (bar === undefined) throw new Error('Expected a bar but there is none');
  const [, top, height] = bar;
  expect(Number(high)).toBeCloseTo(top - height / 8, 0);
  expect(Number(low)).toBeCloseTo(top + height / 8, 0);
});

it('is a whole page where nothing is known yet', () => {
  const page = pageOf({
    ...CHART,
    bars: CHART.bars.map((bars) => bars.map(() => ({ kind: 'open' }) as const)),
  });
  expect(barsOf(page).every(([, , height]) => height === 0)).toBe(true);
  expect(page).not.toContain('NaN');
});

it.skipIf(CHROMIUM_PATH === undefined)(
  'is accessible in both themes, fits a narrow window, and asks for nothing',
  async () => {
    const browser = await openBrowser();
    expect(await checkStaticPage(browser, pageOf(CHART))).toEqual(FLAWLESS);
    await browser.close();
  },
);
