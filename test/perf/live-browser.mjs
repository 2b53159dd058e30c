import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';

/** The dashboard owns the library that drives a browser. */
const { chromium } = createRequire(new URL('../../apps/dashboard/package.json', import.meta.url))(
  'playwright-core',
);

const LOOK_MS = 1_000;
const SETTLED_LOOKS = 10;

/**
 * Opens a live page in headless Chromium and looks once a second, until the signal: frames that came, pictures drawn, the CPU time of its main
 * thread and of the whole browser, its heap after a garbage collection.
 *
 * @param {string} url
 * @param {AbortSignal} signal
 */
export async function watchLivePage(url, signal) {
  const browser = await chromium.launch({
    executablePath: process.env.FLUIDSCOPE_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  const page = await browser.newPage({ viewport: { width: 1_280, height: 1_000 } });
  while ((await page.goto(url).catch(() => null)) === null) await pause(100);
  await page.waitForSelector('html[data-seq]');
  const devTools = await page.context().newCDPSession(page);
  const browserTools = await browser.newBrowserCDPSession();
  // In the thread's own time: time that it waits for a core is not the page's.
  await devTools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const looks = [];
  while (!signal.aborted) {
    const look = await lookAt(page, devTools, browserTools);
    // Once the run has ended no more frames come.
    if (look.isLive) looks.push(look);
    await pause(LOOK_MS);
  }
  await browser.close();
  return figuresOf(looks);
}

async function lookAt(page, devTools, browserTools) {
  await devTools.send('HeapProfiler.collectGarbage');
  const { metrics } = await devTools.send('Performance.getMetrics');
  const { processInfo } = await browserTools.send('SystemInfo.getProcessInfo');
  const metric = (name) => metrics.find((each) => each.name === name)?.value ?? NaN;
  const shown = await page.evaluate(`({
    isLive: document.querySelector('#link').dataset.kind === 'live',
    pictures: Number(document.documentElement.dataset.pictures),
    wholeStrips: Number(document.documentElement.dataset.wholePictures),
    strips: document.querySelectorAll('.lane').length,
    trust: document.querySelector('#trust').textContent,
    rate: document.querySelector('#tile-rate .value').textContent,
  })`);
  const count = (pattern) => Number(pattern.exec(shown.trust)?.[1]?.replaceAll(',', '') ?? NaN);
  return {
    ...shown,
    atS: performance.now() / 1_000,
    browserCpuS: processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0),
    busyS: metric('TaskDuration'),
    heapBytes: metric('JSHeapUsedSize'),
    came: count(/([\d,]+) frames came here/),
    lateRecords: count(/([\d,]+) came after their frame/),
  };
}

function figuresOf(looks) {
  const settled = looks.slice(Math.min(SETTLED_LOOKS, Math.max(0, looks.length - 4)));
  const [first, last] = [settled.at(0), settled.at(-1)];
  if (first === undefined || last === undefined || first === last) return {};
  const perS = (key) => (last[key] - first[key]) / (last.atS - first.atS);
  return {
    frames_came_per_s: perS('came'),
    pictures_per_s: perS('pictures'),
    page_growth_bytes_per_s: perS('heapBytes'),
    page_cpu_ratio: perS('busyS'),
    browser_cpu_ratio: perS('browserCpuS'),
    pictures_whole_ratio: perS('wholeStrips') / (perS('pictures') * last.strips),
    records_late_per_s: perS('lateRecords'),
  };
}
