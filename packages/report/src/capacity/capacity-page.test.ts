import { expect, it } from 'vitest';
import { CHROMIUM_PATH, openBrowser } from '../testing/open-browser.js';
import { checkStaticPage, FLAWLESS } from '../testing/static-page-check.js';
import { capacityPage } from './capacity-page.js';
import type { CapacityPoint, CapacityReport } from './capacity-report.js';

const HOSTILE = '<img src=x onerror=alert(1)>';
const MS = 1e6;

function point(load: number, verdict: CapacityPoint['verdict'], goodRatio: number): CapacityPoint {
  return {
    load,
    verdict,
    requestsCount: 200,
    failedCount: 0,
    termRatios: [goodRatio],
    fluidityIndex: goodRatio,
    ttftP50Ns: 40 * MS * load,
    ttftP99Ns: 90 * MS * load,
    tbtP50Ns: 9 * MS,
    tbtP99Ns: 12 * MS * load,
    goodputPerS: load * goodRatio,
  };
}

const REPORT: CapacityReport = {
  title: `a ${HOSTILE} model`,
  unit: 'requests/s',
  slo: 'fluidity>=0.99@99%',
  terms: [{ name: 'fluidity>=0.99', targetRatio: 0.99 }],
  verdict: {
    kind: 'found',
    load: 6,
    lowLoad: 5.6,
    highLoad: 6.3,
    failsFirst: 'fluidity>=0.99',
    shortOf: undefined,
  },
  points: [point(2, 'met', 1), point(6, 'straddles', 0.99), point(8, 'not_met', 0.7)],
  runsCount: 3,
  requestsCount: 600,
  elapsedNs: 120_000 * MS,
  binding: {
    load: 8,
    cause: 'queueing',
    headline: `62 % of missed deadlines come from ${HOSTILE}`,
    evidence: HOSTILE,
    advice: HOSTILE,
  },
};

it('says the capacity with its interval, and lets no name become markup', () => {
  const page = capacityPage(REPORT);
  expect(page).toMatch(/6(\.0*)? requests\/s[^<]*5\.6[^<]*6\.3/);
  expect(page).toContain('&lt;img src=x');
  expect(page).not.toContain('<img');
  expect(page).not.toContain('NaN');
});

it('is a whole page where nothing was measured', () => {
  const nothing = {
    ...REPORT,
    verdict: { kind: 'nothing_measured' },
    points: [],
    binding: undefined,
  } as const;
  expect(capacityPage(nothing)).not.toMatch(/NaN|Infinity|undefined/);
});

it.skipIf(CHROMIUM_PATH === undefined)(
  'is accessible in both themes, fits a narrow window, and asks for nothing',
  async () => {
    const browser = await openBrowser();
    expect(await checkStaticPage(browser, capacityPage(REPORT))).toEqual(FLAWLESS);
    await browser.close();
  },
);
