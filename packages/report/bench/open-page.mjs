import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const CHROMIUM = process.env.FLUIDSCOPE_CHROMIUM ?? '/usr/bin/chromium';

/**
 * Seconds from asking for a page on disk until a browser has drawn its timeline and charts, and the main thread's CPU time in them; nothing
 * without a Chromium.
 *
 * @param {string} path
 */
export async function openPage(path) {
  if (!existsSync(CHROMIUM)) return {};
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1_280, height: 900 } });
  const devTools = await page.context().newCDPSession(page);
  await devTools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const began = performance.now();
  await page.goto(pathToFileURL(path).href);
  await page.waitForSelector('html.ready');
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
  const open_s = (performance.now() - began) / 1_000;
  const { metrics } = await devTools.send('Performance.getMetrics');
  await browser.close();
  return { open_s, open_cpu_s: metrics.find(({ name }) => name === 'TaskDuration')?.value };
}
