import { runNs } from '@fluidscope/units';
import { source as AXE } from 'axe-core';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM_PATH, openBrowser } from '../testing/open-browser.js';
import { PAUSES, scenarioPage } from '../testing/scenario-page.js';

describe.skipIf(CHROMIUM_PATH === undefined)('the page in a browser, from disk', () => {
  let browser: Browser;
  let folder: string;
  let url: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fluidscope-report-'));
    const path = join(folder, 'run.html');
    const markup = await scenarioPage(PAUSES, {
      also: (writer) => {
        const timeNs = runNs(5_000_000_000);
        writer.appendLosses([
          { source: 'replica-0', fromNs: timeNs, toNs: runNs(5_100_000_000), count: 7, reason: 'frame_lost' },
        ]);
        writer.appendEvents([
          { source: '<b>x</b>', kind: 'xid', timeNs, detail: { data: 79, text: '<img src=x>' } },
        ]);
      },
    });
    writeFileSync(path, markup);
    url = pathToFileURL(path).href;
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  /** A page that must say nothing on its console and ask for nothing but itself. */
  async function open(
    colorScheme: 'light' | 'dark' = 'light',
  ): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (request.url() !== url) complaints.push(`asked for ${request.url()}`);
    });
    await page.goto(url);
    await page.waitForSelector('html.ready');
    return { page, complaints };
  }

  const shownWindow = (page: Page): Promise<string | null> => page.textContent('output.window');
  const readout = (page: Page): Promise<string> => page.innerText('.readout');

  it('draws every strip and chart, without a complaint or a request', async () => {
    const { page, complaints } = await open();
    const strips = await page.locator('.strip h3').allInnerTexts();
    // What a colour and a dash stand for: each strip's kinds of values, the GPUs once for all strips of theirs.
    expect(await page.locator('.line-key').allInnerTexts()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/GPU 0 of replica-0\s+GPU 1 of replica-0/),
        expect.stringMatching(/^power\s+limit$/),
      ]),
    );
    expect(strips[0]).toMatch(/^Requests: \d+, at most \d+ at once$/);
    expect(strips).toEqual(
      expect.arrayContaining([
        'GPU clock, MHz',
        'GPU throttle reasons: none held a clock down',
        'Losses and masked windows',
        'Events',
      ]),
    );
    expect(await page.locator('.strip canvas').count()).toBe(strips.length);
    expect(await page.locator('.curve canvas').count()).toBe(await page.locator('.curve').count());
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('shows every value at the instant under the pointer, with its source and age', async () => {
    const { page, complaints } = await open();
    const plot = page.locator('.strip .u-over').nth(1);
    const box = await plot.boundingBox();
    await plot.hover({ position: { x: Math.round((box?.width ?? 0) / 2), y: 20 } });
    await expect.poll(() => readout(page), { timeout: 20_000 }).toContain('MHz');
    const text = await readout(page);
    expect(text).toMatch(/SM clock\s+GPU 1 of replica-0\s+1,9\d\d MHz\s+\d+\.\d ms ago/);
    expect(text).toMatch(/At \d+\.\d{4} s/);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('goes from a finding to its evidence with one click', async () => {
    const { page } = await open();
    const whole = await shownWindow(page);
    const button = page.locator('button[data-episode]').first();
    const [from, to] = [await button.getAttribute('data-from'), await button.getAttribute('data-to')];
    await button.click();
    const [shownFrom = NaN, shownTo = NaN] = ((await shownWindow(page)) ?? '').split(' to ').map(parseFloat);
    expect(await shownWindow(page)).not.toBe(whole);
    expect(shownFrom).toBeLessThan(Number(from) / 1e5);
    expect(shownTo).toBeGreaterThan(Number(to) / 1e5);
    expect(await readout(page)).toContain(await button.getAttribute('data-episode'));
    await page.close();
  });

  it('can be used with the keyboard alone, and tells where one is', async () => {
    const { page } = await open();
    const whole = await shownWindow(page);
    await page.focus('.charts');
    await page.keyboard.press('ArrowRight');
    await expect
      .poll(() => page.textContent('[aria-live]'), { timeout: 20_000 })
      .toMatch(/^\d+\.\d{3} seconds: in flight \d+/);
    await page.keyboard.press('+');
    const zoomed = await shownWindow(page);
    await page.keyboard.press('PageDown');
    expect(new Set([whole, zoomed, await shownWindow(page)]).size).toBe(3);
    await page.keyboard.press('Home');
    expect(await shownWindow(page)).toBe(whole);
    await page.close();
  });

  it('zooms by dragging and moves with Shift held', async () => {
    const { page } = await open();
    const whole = await shownWindow(page);
    const box = await page.locator('.strip .u-over').first().boundingBox();
    const [left, top] = [box?.x ?? 0, (box?.y ?? 0) + 20];
    const drag = async (fromX: number, toX: number): Promise<string | null> => {
      await page.mouse.move(left + fromX, top);
      await page.mouse.down();
      await page.mouse.move(left + toX, top, { steps: 4 });
      await page.mouse.up();
      return shownWindow(page);
    };
    const zoomed = await drag(100, 300);
    expect(zoomed).not.toBe(whole);
    await page.keyboard.down('Shift');
    expect(await drag(300, 100)).not.toBe(zoomed);
    await page.keyboard.up('Shift');
    await page.mouse.dblclick(left + 50, top);
    await expect.poll(() => shownWindow(page), { timeout: 20_000 }).toBe(whole);
    await page.close();
  });

  it('shows the tokens of a request that is chosen', async () => {
    const { page, complaints } = await open();
    const last = await page.locator('#chosen-request option').last().getAttribute('value');
    await page.selectOption('#chosen-request', last);
    expect(await page.locator('#chosen-chart canvas').count()).toBe(1);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('follows the colours that are asked for, paper too', async () => {
    const { page, complaints } = await open('dark');
    const ground = (): Promise<string> =>
      page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(await ground()).toBe('rgb(13, 17, 23)');
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await ground()).toBe('rgb(255, 255, 255)');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect(await ground()).toBe('rgb(255, 255, 255)');
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.evidence').first().innerText()).toMatch(/e\d+ at \d+\.\d\d s/);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('fits a narrow window without scrolling sideways', async () => {
    const { page } = await open();
    await page.setViewportSize({ width: 390, height: 800 });
    await expect
      .poll(
        () => page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
        { timeout: 20_000 },
      )
      .toBe(0);
    await page.close();
  });

  it.each(['light', 'dark'] as const)('keeps to the rules of accessibility, %s', async (scheme) => {
    const { page } = await open(scheme);
    await page.evaluate(AXE);
    const violations = await page.evaluate<string[]>(
      'axe.run().then((found) => found.violations.map(({ impact, id, nodes }) => `${impact} ${id}: ${nodes[0].html.slice(0, 120)}`))',
    );
    expect(violations).toEqual([]);
    await page.close();
  });
});
