import { compareRuns, judgeGates, readComparedRun, type ComparedRun } from '@fluidscope/compare';
import { createMemoryTrace, parseScenario, runScenario, runStartOf } from '@fluidscope/scenario';
import { parseGates } from '@fluidscope/slo';
import { source as AXE } from 'axe-core';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM_PATH, openBrowser } from '../testing/open-browser.js';
import { NO_FAULT, PAUSES } from '../testing/scenario-page.js';
import { comparisonPage } from './comparison-page.js';

/** A file's name, a model's and a server's words come from elsewhere. */
const HOSTILE = '<img src=x onerror=alert(1)>.duckdb';

async function simulated(text: string, name: string, seed: number): Promise<ComparedRun> {
  const scenario = parseScenario(text, 'duration: 30s');
  const { writer, reader } = createMemoryTrace(runStartOf(scenario, seed));
  await runScenario(scenario, seed, writer);
  return readComparedRun(reader, name);
}

describe.skipIf(CHROMIUM_PATH === undefined)('the page of a comparison in a browser, from disk', () => {
  let browser: Browser;
  let folder: string;
  let url: string;
  let shown: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fluidscope-comparison-'));
    const runs = [await simulated(NO_FAULT, 'calm.duckdb', 1), await simulated(PAUSES, HOSTILE, 2)] as const;
    const comparison = compareRuns(...runs, { seed: 1, resamplesCount: 200, confidenceRatio: 0.95 });
    const gates = parseGates(['fluidity_index>=0.99']);
    if ('problems' in gates) throw new Error(gates.problems.join());
    shown = (comparison.figures[0]?.second ?? NaN).toFixed(4);
    const path = join(folder, 'compare.html');
    writeFileSync(path, comparisonPage(comparison, judgeGates(comparison, gates)));
    url = pathToFileURL(path).href;
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  it.each(['light', 'dark'] as const)(
    'draws both runs in every chart, accessibly, in %s',
    async (colorScheme) => {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme });
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('dialog', (dialog) => complaints.push(dialog.message()));
      page.on('request', (request) => {
        if (request.url() !== url) complaints.push(`asked for ${request.url()}`);
      });
      await page.goto(url);
      await page.waitForSelector('html.ready');
      expect(await page.locator('.curve canvas').count()).toBe(4);
      const legend = await page.locator('.curve').first().locator('.u-series .u-label').allInnerTexts();
      expect(legend).toEqual(['ms', 'A calm.duckdb', `B ${HOSTILE}`]);
      expect(await page.locator('img').count()).toBe(0);
      const row = page.locator('#figures tbody tr').first();
      expect(await row.locator('td').nth(1).innerText()).toBe(shown);
      expect(await page.innerText('#verdict')).toContain('fluidity_index>=0.99');
      await page.evaluate(AXE);
      const violations = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as {
          axe: { run(): Promise<{ violations: { id: string }[] }> };
        };
        return (await axe.run()).violations.map(({ id }) => id);
      });
      expect(violations).toEqual([]);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );
});
