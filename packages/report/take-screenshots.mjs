// Takes the pictures of a page of `fluidscope report` that README.md shows, in a headless Chromium (FLUIDSCOPE_CHROMIUM names another):
//
//   node packages/report/take-screenshots.mjs run.html docs
//
// writes docs/report.png, the page from its top, and docs/report-evidence.png, the costliest episode in the dark theme, zoomed to by the first
// button of the first finding, with the values under the cursor in it.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const [pagePath, folder = '.'] = process.argv.slice(2);
if (pagePath === undefined) {
  console.error('expected the page and the folder for its pictures: take-screenshots.mjs PAGE.html FOLDER');
  process.exit(2);
}

const browser = await chromium.launch({
  executablePath: process.env['FLUIDSCOPE_CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--hide-scrollbars'],
});
try {
  await takeTop();
  await takeEvidence();
} finally {
  await browser.close();
}

async function takeTop() {
  const page = await openPage('light', { width: 1300, height: 1700 });
  await page.screenshot({ path: join(folder, 'report.png') });
}

async function takeEvidence() {
  const page = await openPage('dark', { width: 1300, height: 1010 });
  await page.locator('#verdict button[data-episode]').first().click();
  const requests = page.locator('#timeline canvas').first();
  const box = await requests.boundingBox();
  if (box === null) throw new Error('the timeline has no chart: the page is of a run without tokens');
  await page.mouse.move(box.x + 0.62 * box.width, box.y + box.height / 2);
  await page.evaluate(() => document.querySelector('#timeline')?.scrollIntoView({ block: 'start' }));
  const moved = (await requests.boundingBox()) ?? box;
  await page.mouse.move(moved.x + 0.62 * moved.width, moved.y + moved.height / 2);
  await page.waitForTimeout(300);
  await page.screenshot({ path: join(folder, 'report-evidence.png') });
}

async function openPage(colorScheme, viewport) {
  const page = await browser.newPage({ colorScheme, viewport });
  await page.goto(pathToFileURL(pagePath).href);
  await page.waitForTimeout(500);
  return page;
}
