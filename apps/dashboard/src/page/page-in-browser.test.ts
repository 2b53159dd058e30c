import type { FrameMessage, LiveMessage } from '@fluidscope/live-view';
import { source as AXE } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startCutProxy } from '../testing/cut-proxy.js';
import { RUN, startFedLive, type FedLive } from '../testing/fed-run.js';
import { CHROMIUM_PATH, openBrowser } from '../testing/open-browser.js';
import { serveAgent, type ServedAgent } from '../testing/served-agent.js';
import { duration } from './format.js';

const HOSTILE = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`;
const WITHIN = { timeout: 40_000 };
/** Of a server's last frames, these are made up for in one piece; further ones are gone. */
const MADE_UP_COUNT = 100;

interface Opened {
  readonly page: Page;
  readonly complaints: readonly string[];
  /** Every frame that came to the page, by its number. */
  readonly frames: ReadonlyMap<number, FrameMessage>;
}

/** A run, and an agent with two GPUs beside it, whose names are hostile. */
interface Feeds extends AsyncDisposable {
  readonly fed: FedLive;
  readonly agent: ServedAgent;
}

async function startFeeds(): Promise<Feeds> {
  const agent = await serveAgent(`node ${HOSTILE}`, [`H100 ${HOSTILE}`, 'H100']);
  const fed = await startFedLive({ agentUrls: [agent.url], run: { ...RUN, model: HOSTILE } });
  const ticker = setInterval(() => {
    agent.sample(0, 'sm_clock_mhz', 1_410);
    agent.sample(1, 'power_instant_mw', 312_400);
    agent.sample(1, 'power_limit_mw', 400_000);
    agent.sample(1, 'clocks_event_reasons_mask', 4);
  }, 50);
  return {
    fed,
    agent,
    [Symbol.asyncDispose]: async () => {
      clearInterval(ticker);
      await fed[Symbol.asyncDispose]();
      await agent.stop();
    },
  };
}

/**
 * A page that must say nothing on its console and ask for nothing beyond its own server, once it shows the run's first misses and the agent's
 * GPUs: from then on nothing that a test looks at is still to come.
 */
async function open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  const complaints: string[] = [];
  const frames = new Map<number, FrameMessage>();
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`) && request.url() !== 'data:,') complaints.push(request.url());
  });
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).host !== new URL(url).host) complaints.push(socket.url());
    socket.on('framereceived', ({ payload }) => {
      const message = JSON.parse(String(payload)) as LiveMessage;
      const came = message.type === 'history' ? message.frames : message.type === 'frame' ? [message] : [];
      for (const frame of came) frames.set(frame.seq, frame);
    });
  });
  await page.goto(`${url}/`);
  await vi.waitFor(async () => {
    expect(await page.innerText('#gpu-table')).toMatch(/1,410 MHz.*312 of 400 W.*power cap/s);
    expect(await page.locator('#miss-table tbody tr').count()).toBeGreaterThan(4);
  }, WITHIN);
  return { page, complaints, frames };
}

const linkOf = (page: Page): Promise<string | null> => page.textContent('#link');

const numberIn = (page: Page, name: string): Promise<number> =>
  page.evaluate<number>(`Number(document.documentElement.dataset.${name} ?? -1)`);

/** Until so many more frames have come to the page. */
const framesCome = async ({ frames }: Opened, count: number): Promise<void> => {
  const before = frames.size;
  await expect.poll(() => frames.size, WITHIN).toBeGreaterThanOrEqual(before + count);
};

/** No number between the first and the last is missing. */
function expectAllOf({ frames }: Opened): void {
  const seqs = [...frames.keys()].sort((a, b) => a - b);
  expect(seqs).toEqual(seqs.map((_, at) => at + (seqs[0] ?? 0)));
}

async function setPaused(page: Page, isPaused: boolean): Promise<void> {
  await page.keyboard.press('p');
  await expect.poll(() => linkOf(page), WITHIN).toBe(isPaused ? 'paused' : 'live');
}

let browser: Browser;
beforeAll(async () => {
  if (CHROMIUM_PATH !== undefined) browser = await openBrowser();
});
afterAll(async () => {
  if (CHROMIUM_PATH !== undefined) await browser.close();
});

describe.skipIf(CHROMIUM_PATH === undefined)('the live page in a browser', () => {
  let feeds: Feeds;
  /** Looked at by most tests, each of which leaves it as it was. */
  let shown: Opened;
  /** Takes nothing in from the beginning: what it has to wait for takes seconds, which the tests before its own use. */
  let deaf: Opened;
  beforeAll(async () => {
    feeds = await startFeeds();
    deaf = await open(browser, feeds.fed.live.url);
    await deaf.page.evaluate(`{
      const send = WebSocket.prototype.send;
      const held = [];
      WebSocket.prototype.send = function (text) { held.push([this, text]); };
      globalThis.letGo = () => { WebSocket.prototype.send = send; for (const [socket, text] of held) socket.send(text); };
    }`);
    shown = await open(browser, feeds.fed.live.url);
  });
  afterAll(() => feeds[Symbol.asyncDispose]());
  afterEach(() => expect(shown.complaints).toEqual([]));

  it('shows what the server sent', async () => {
    const { page, frames } = shown;
    await setPaused(page, true);
    const texts = await page.evaluate<Record<string, string>>(`({
      seq: document.documentElement.dataset.seq,
      fluidity: document.querySelector('#tile-fluidity .value').textContent,
      missed: document.querySelector('#tile-missed .value').textContent,
      settled: document.querySelector('#tile-missed .small').textContent,
      active: document.querySelector('#tile-active .value').textContent,
      overdue: document.querySelector('#tile-overdue .value').textContent,
      done: document.querySelector('#tile-done .small').textContent,
      clock: document.querySelector('#gpu-table tbody tr:nth-child(1) td:nth-child(2) span').textContent,
      power: document.querySelector('#gpu-table tbody tr:nth-child(2) td:nth-child(3) span').textContent,
      throttled: document.querySelector('#gpu-table tbody tr:nth-child(2) td:nth-child(7) span').textContent,
    })`);
    // What the browser tells of its sockets may come after what its page answers.
    await expect.poll(() => frames.has(Number(texts['seq'])), WITHIN).toBe(true);
    const run = frames.get(Number(texts['seq']))?.run;
    const fluidity = run?.window.fluidity_index ?? NaN;
    expect(fluidity).toBeGreaterThan(0);
    expect(fluidity).toBeLessThan(1);
    expect(Number(texts['fluidity'])).toBeCloseTo(fluidity, 3);
    const english = (value: number | undefined): string => (value ?? NaN).toLocaleString('en-US');
    expect(texts).toMatchObject({
      missed: english(run?.window.missed_count),
      settled: `of ${english(run?.window.settled_count)}, last 10.0 s`,
      active: '39',
      overdue: english(run?.overdue_count),
      done: 'ok; 1 failed: reset 1',
      clock: '1,410 MHz',
      power: '312 of 400 W',
      throttled: 'power cap',
    });
    await setPaused(page, false);
  });

  it('lists the tokens that came late as they fall', async () => {
    const { page, frames } = shown;
    const [at, request, late] = await page.evaluate<readonly string[]>(
      "[...document.querySelectorAll('#miss-table tbody tr:first-child span')].map((span) => span.textContent)",
    );
    const lateTexts = (): readonly string[] =>
      [...frames.values()]
        .flatMap(({ run }) => run?.misses ?? [])
        .filter(({ request_index }) => `r${String(request_index).padStart(6, '0')}` === request)
        .filter(({ arrival_ns }) => `${(arrival_ns / 1e9).toFixed(2)} s` === at)
        .map(({ arrival_ns, due_ns }) => duration(arrival_ns - due_ns));
    await expect.poll(lateTexts, WITHIN).toContain(late);
  });

  it('shows hostile names as text', async () => {
    const { page } = shown;
    feeds.agent.say(HOSTILE, HOSTILE);
    await expect.poll(() => page.innerText('#notes'), WITHIN).toContain('<script>');
    for (const place of ['#about', '#gpu-table', '#hosts', '#lanes'])
      expect(await page.innerText(place)).toContain(HOSTILE);
    expect(await page.locator('img, main script').count()).toBe(0);
    expect(await page.title()).toBe('Fluidscope live');
  });

  it('can be used with the keyboard alone, and reads an instant out', async () => {
    const { page } = shown;
    await page.focus('#lanes');
    await page.keyboard.press('ArrowLeft');
    const readout = (): Promise<string> => page.innerText('#readout');
    await expect.poll(readout, WITHIN).toMatch(/^At \d+\.\d\d s; streams: .*\d+ .*GPU 1 of 2: 1,410 MHz/s);
    expect(await page.locator('.plot i:visible').count()).toBe(await page.locator('.lane').count());
    await setPaused(page, true);
    expect(await page.getAttribute('#pause', 'aria-pressed')).toBe('true');
    const before = await readout();
    await page.keyboard.press('Shift+ArrowLeft');
    await expect.poll(readout, WITHIN).not.toBe(before);
    const seq = await numberIn(page, 'seq');
    await framesCome(shown, 10);
    expect(await numberIn(page, 'seq')).toBe(seq);
    await setPaused(page, false);
    await expect.poll(() => numberIn(page, 'seq'), WITHIN).toBeGreaterThan(seq);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.plot i:visible').count(), WITHIN).toBe(0);
  });

  it('reads out what is under the pointer', async () => {
    const { page } = shown;
    await setPaused(page, true);
    const box = await page.locator('.plot canvas').first().boundingBox();
    const backPx = 10;
    await page.mouse.move((box?.x ?? 0) + (box?.width ?? 0) - backPx + 0.5, (box?.y ?? 0) + 10);
    const lastS = parseFloat((await page.innerText('.lane:last-child .now')) || 'NaN');
    await expect.poll(() => page.innerText('#readout'), WITHIN).toMatch(/^At \d/);
    const atS = Number(/^At ([\d.]+) s/.exec(await page.innerText('#readout'))?.[1]);
    // A pixel a column of 50 ms; the text beside the axis may be up to some frames older than the picture.
    expect(atS).toBeGreaterThanOrEqual(lastS - backPx * 0.05);
    await page.mouse.move(0, 0);
    await setPaused(page, false);
  });

  it('draws nothing while nobody sees it, and takes in what comes', async () => {
    const { page } = shown;
    await page.evaluate(
      "Object.defineProperty(document, 'hidden', { get: () => globalThis.isHidden === true, configurable: true })",
    );
    await page.evaluate('void (globalThis.isHidden = true)');
    const pictures = (): Promise<number> => numberIn(page, 'pictures');
    // One picture may have been asked for already.
    await expect
      .poll(async () => {
        const before = await pictures();
        await framesCome(shown, 20);
        return (await pictures()) - before;
      }, WITHIN)
      .toBe(0);
    const before = await pictures();
    await page.evaluate("globalThis.isHidden = false; dispatchEvent(new Event('visibilitychange'))");
    await expect.poll(pictures, WITHIN).toBeGreaterThan(before);
  });

  it('goes on where it was cut off, with nothing missing', async () => {
    const proxy = await startCutProxy(feeds.fed.live.url);
    const opened = await open(browser, proxy.url);
    const { page } = opened;
    await expect.poll(() => linkOf(page), WITHIN).toBe('live');
    proxy.setOpen(false);
    proxy.cut();
    await expect.poll(() => linkOf(page), WITHIN).toContain('trying again');
    proxy.setOpen(true);
    await expect.poll(() => linkOf(page), WITHIN).toBe('live');
    const seq = await numberIn(page, 'seq');
    await expect.poll(() => numberIn(page, 'seq'), WITHIN).toBeGreaterThan(seq + 10);
    expectAllOf(opened);
    expect(await page.innerText('#trust')).toContain('frames came here; 0 did not.');
    await page.close();
    await proxy.stop();
  });

  it.each(['light', 'dark'] as const)('keeps to the rules of accessibility, %s', async (colorScheme) => {
    const { page } = shown;
    await page.emulateMedia({ colorScheme });
    await page.evaluate(AXE);
    const violations = await page.evaluate<string[]>(
      'axe.run().then((found) => found.violations.map(({ impact, id, nodes }) => `${impact} ${id}: ${nodes[0].html.slice(0, 160)}`))',
    );
    expect(violations).toEqual([]);
    const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(colorScheme === 'dark' ? 'rgb(13, 17, 23)' : 'rgb(255, 255, 255)');
  });

  it('fits a narrow window without scrolling sideways', async () => {
    const { page } = shown;
    await page.setViewportSize({ width: 390, height: 800 });
    const overflowPx = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    await expect.poll(() => page.evaluate(overflowPx), WITHIN).toBe(0);
  });

  it('says what a browser that does not keep up has missed, while others miss nothing', async () => {
    const newestOf = ({ frames }: Opened): number => Math.max(...frames.keys());
    await expect.poll(() => newestOf(shown) - newestOf(deaf), WITHIN).toBeGreaterThan(MADE_UP_COUNT + 30);
    expect(feeds.fed.live.figures().droppedCount).toBeGreaterThan(MADE_UP_COUNT);
    const newest = newestOf(deaf);
    await framesCome(shown, 10);
    expect(newestOf(deaf)).toBe(newest);
    expectAllOf(shown);
    await deaf.page.evaluate('letGo()');
    await expect
      .poll(() => deaf.page.innerText('#trust'), WITHIN)
      .toMatch(/frames came here; [1-9]\d* did not \(hatched/);
    expect(deaf.complaints).toEqual([]);
  });
});

describe.skipIf(CHROMIUM_PATH === undefined)('a page of a run of its own', () => {
  let feeds: Feeds;
  beforeAll(async () => {
    feeds = await startFeeds();
  });
  afterAll(() => feeds[Symbol.asyncDispose]());

  const picturesOf = (page: Page): Promise<readonly string[]> =>
    page.evaluate("[...document.querySelectorAll('.plot canvas')].map((canvas) => canvas.toDataURL())");

  /** The other theme has other colours: all is drawn anew. */
  async function drawWhole(page: Page): Promise<void> {
    for (const colorScheme of ['dark', 'light'] as const) {
      const before = await numberIn(page, 'wholePictures');
      await page.emulateMedia({ colorScheme });
      await expect.poll(() => numberIn(page, 'wholePictures'), WITHIN).toBeGreaterThan(before);
    }
  }

  it('draws column by column what it draws at once, also with pixels finer than the page’s', async () => {
    const pages = await Promise.all(
      [1, 1.5].map((deviceScaleFactor) => open(browser, feeds.fed.live.url, { deviceScaleFactor })),
    );
    for (const opened of pages) {
      await opened.page.setViewportSize({ width: 1_101, height: 900 });
      await framesCome(opened, 10);
    }
    const counts = (name: string): Promise<readonly number[]> =>
      Promise.all(pages.map(({ page }) => numberIn(page, name)));
    // Other scales, and more lines.
    const wholeAtFirst = await counts('wholePictures');
    feeds.fed.live.run?.addStarts(
      Array.from({ length: 30 }, (_, at) => ({ requestIndex: 1_000 + at, isWarmup: false, intendedNs: 0 })),
    );
    await expect
      .poll(
        async () => (await counts('wholePictures')).every((count, at) => count > (wholeAtFirst[at] ?? 0)),
        WITHIN,
      )
      .toBe(true);
    const [wholeBefore, before] = [await counts('wholePictures'), await counts('pictures')];
    for (const opened of pages) {
      await framesCome(opened, 30);
      await setPaused(opened.page, true);
    }
    const [wholeAfter, after] = [await counts('wholePictures'), await counts('pictures')];
    for (const [at, { page }] of pages.entries()) {
      const columnByColumn = await picturesOf(page);
      const since = (later: readonly number[], earlier: readonly number[]): number =>
        (later[at] ?? NaN) - (earlier[at] ?? NaN);
      expect(since(wholeAfter, wholeBefore)).toBeLessThan((since(after, before) * columnByColumn.length) / 2);
      await drawWhole(page);
      expect(await picturesOf(page)).toEqual(columnByColumn);
      expect(new Set(columnByColumn).size).toBe(columnByColumn.length);
      await page.close();
    }
  });

  it('keeps what it showed when the run has ended', async () => {
    const { page } = await open(browser, feeds.fed.live.url);
    feeds.fed.live.run?.end('finished');
    await expect.poll(() => linkOf(page), WITHIN).toBe('run ended: finished');
    await page.waitForSelector('#reconnect:not([hidden])');
    expect(await page.locator('.lane').count()).toBeGreaterThan(4);
  });
});

describe.skipIf(CHROMIUM_PATH === undefined)('a page with a token', () => {
  it('asks for it, says that a wrong one was not taken, and opens with the right one', async () => {
    const fed = await startFedLive({ token: 'correct-horse-battery-staple' });
    const page = await browser.newPage();
    await page.goto(fed.live.url);
    await page.waitForSelector('#token-form:not([hidden])');
    await page.fill('#token', 'wrong-horse-battery-staple');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.innerText('#token-problem'), WITHIN).toBe('The token was not taken.');
    expect(await page.locator('html[data-seq]').count()).toBe(0);
    await page.fill('#token', 'correct-horse-battery-staple');
    await page.keyboard.press('Enter');
    await page.waitForSelector('html[data-seq]');
    expect(await page.isHidden('#token-form')).toBe(true);
    expect(page.url()).toBe(`${fed.live.url}/`);
    await page.close();
    await fed[Symbol.asyncDispose]();
  });
});
