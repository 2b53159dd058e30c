import type { FrameMessage, LiveMessage } from '@fluidscope/live-view';
import { source as AXE } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCutProxy } from '../testing/cut-proxy.js';
import { RUN, startFedLive, type FedLive } from '../testing/fed-run.js';
import { CHROMIUM_PATH, openBrowser } from '../testing/open-browser.js';
import { serveAgent, type ServedAgent } from '../testing/served-agent.js';

const HOSTILE = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`;
const WITHIN = { timeout: 20_000 };

describe.skipIf(CHROMIUM_PATH === undefined)('the live page in a browser', () => {
  let browser: Browser;
  let agent: ServedAgent;
  let fed: FedLive;
  let ticker: NodeJS.Timeout;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    agent = await serveAgent(`node ${HOSTILE}`, [`H100 ${HOSTILE}`, 'H100']);
    fed = await startFedLive({ agentUrls: [agent.url], run: { ...RUN, model: HOSTILE } });
    ticker = setInterval(() => {
      agent.sample(0, 'sm_clock_mhz', 1_410);
      agent.sample(1, 'power_instant_mw', 312_400);
      agent.sample(1, 'power_limit_mw', 400_000);
      agent.sample(1, 'clocks_event_reasons_mask', 4);
    }, 50);
  });
  afterEach(async () => {
    clearInterval(ticker);
    await fed[Symbol.asyncDispose]();
    await agent.stop();
  });

  interface Opened {
    readonly page: Page;
    readonly complaints: readonly string[];
    /** Every frame that came to the page, by its number. */
    readonly frames: ReadonlyMap<number, FrameMessage>;
  }

  /** A page that must say nothing on its console and ask for nothing beyond its own server. */
  async function open(
    url = fed.live.url,
    { colorScheme = 'light' }: { readonly colorScheme?: 'light' | 'dark' } = {},
  ): Promise<Opened> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme });
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
    await page.waitForSelector('html[data-seq]');
    return { page, complaints, frames };
  }

  const linkOf = (page: Page): Promise<string | null> => page.textContent('#link');
  const numberIn = (page: Page, name: string): Promise<number> =>
    page.evaluate<number>(`Number(document.documentElement.dataset.${name} ?? -1)`);

  it('shows what the server sent, frame by frame, and complains of nothing', async () => {
    const { page, complaints, frames } = await open();
    await expect.poll(async () => (await numberIn(page, 'seq')) > 60, WITHIN).toBe(true);
    // A busy machine feeds the run more slowly than the page counts frames.
    await expect
      .poll(async () => Number(await page.textContent('#tile-missed .value')), WITHIN)
      .toBeGreaterThan(0);
    await page.keyboard.press('p');
    const shown = await page.evaluate<Record<string, string>>(`({
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
    const { run } = frames.get(Number(shown['seq']))!;
    const fluidity = run?.window.fluidity_index ?? NaN;
    expect(fluidity).toBeGreaterThan(0.5);
    expect(fluidity).toBeLessThan(1);
    expect(Number(shown['fluidity'])).toBeCloseTo(fluidity, 3);
    const english = (value: number | undefined): string => (value ?? NaN).toLocaleString('en-US');
    expect(run?.window.missed_count).toBeGreaterThan(0);
    expect(shown).toMatchObject({
      missed: english(run?.window.missed_count),
      settled: `of ${english(run?.window.settled_count)}, last 10.0 s`,
      active: '39',
      overdue: english(run?.overdue_count),
      done: 'ok; 1 failed: reset 1',
      clock: '1,410 MHz',
      power: '312 of 400 W',
      throttled: 'power cap',
    });
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('lists the tokens that came late as they fall', async () => {
    const { page, frames } = await open();
    await expect.poll(() => page.locator('#miss-table tbody tr').count(), WITHIN).toBeGreaterThan(4);
    await page.keyboard.press('p');
    const [at, request, late] = await page
      .locator('#miss-table tbody tr')
      .first()
      .locator('span')
      .allInnerTexts();
    const sent = [...frames.values()].flatMap(({ run }) => run?.misses ?? []);
    const found = sent.find(
      (miss) =>
        `r${String(miss.request_index).padStart(6, '0')}` === request &&
        `${(miss.arrival_ns / 1e9).toFixed(2)} s` === at,
    );
    expect(parseFloat(late ?? '')).toBeCloseTo(
      ((found?.arrival_ns ?? NaN) - (found?.due_ns ?? NaN)) / 1e6,
      -0.5,
    );
    await page.close();
  });

  it('shows hostile names as text', async () => {
    const { page } = await open();
    agent.say(HOSTILE, HOSTILE);
    await expect.poll(() => page.innerText('#notes'), WITHIN).toContain('<script>');
    expect(await page.innerText('#about')).toContain(HOSTILE);
    expect(await page.innerText('#gpu-table')).toContain(HOSTILE);
    expect(await page.innerText('#hosts')).toContain(HOSTILE);
    expect(await page.locator('img, main script').count()).toBe(0);
    expect(await page.title()).toBe('Fluidscope live');
    await page.close();
  });

  it('can be used with the keyboard alone, and reads an instant out', async () => {
    const { page } = await open();
    // The cursor stays on the instant that it is put on: one that has values.
    await expect.poll(() => numberIn(page, 'seq'), WITHIN).toBeGreaterThan(20);
    await expect.poll(() => page.innerText('#gpu-table'), WITHIN).toContain('1,410 MHz');
    await page.focus('#lanes');
    await page.keyboard.press('ArrowLeft');
    const readout = (): Promise<string> => page.innerText('#readout');
    await expect.poll(readout, WITHIN).toMatch(/^At \d+\.\d\d s; streams: .*\d+ .*GPU 1 of 2: 1,410 MHz/s);
    await page.keyboard.press('p');
    expect(await page.getAttribute('#pause', 'aria-pressed')).toBe('true');
    await expect.poll(() => linkOf(page), WITHIN).toBe('paused');
    const before = await readout();
    await page.keyboard.press('Shift+ArrowLeft');
    await expect.poll(readout, WITHIN).not.toBe(before);
    const seq = await numberIn(page, 'seq');
    await page.waitForTimeout(600);
    expect(await numberIn(page, 'seq')).toBe(seq);
    await page.keyboard.press('p');
    await expect.poll(async () => (await numberIn(page, 'seq')) > seq, WITHIN).toBe(true);
    await page.close();
  });

  it('reads out what is under the pointer', async () => {
    const { page } = await open();
    const box = await page.locator('.lane canvas').first().boundingBox();
    await page.mouse.move((box?.x ?? 0) + (box?.width ?? 0) - 2, (box?.y ?? 0) + 10);
    await expect.poll(() => page.innerText('#readout'), WITHIN).toMatch(/^At \d/);
    await page.close();
  });

  it('draws nothing while nobody sees it, and takes in what comes', async () => {
    const { page, frames } = await open();
    await page.evaluate(
      "Object.defineProperty(document, 'hidden', { get: () => globalThis.isHidden === true })",
    );
    await page.evaluate('void (globalThis.isHidden = true)');
    await page.waitForTimeout(200);
    const pictures = await numberIn(page, 'pictures');
    const framesCount = frames.size;
    await expect.poll(() => frames.size, WITHIN).toBeGreaterThan(framesCount + 20);
    expect(await numberIn(page, 'pictures')).toBe(pictures);
    await page.evaluate("globalThis.isHidden = false; dispatchEvent(new Event('visibilitychange'))");
    await expect.poll(async () => (await numberIn(page, 'pictures')) > pictures, WITHIN).toBe(true);
    await page.close();
  });

  it('goes on where it was cut off, with nothing missing', async () => {
    const proxy = await startCutProxy(fed.live.url);
    const { page, frames } = await open(proxy.url);
    await expect.poll(() => linkOf(page), WITHIN).toBe('live');
    proxy.setOpen(false);
    proxy.cut();
    await expect.poll(() => linkOf(page), WITHIN).toContain('trying again');
    proxy.setOpen(true);
    await expect.poll(() => linkOf(page), WITHIN).toBe('live');
    const seq = await numberIn(page, 'seq');
    await expect.poll(async () => (await numberIn(page, 'seq')) > seq + 10, WITHIN).toBe(true);
    const seqs = [...frames.keys()].sort((a, b) => a - b);
    expect(seqs).toEqual(seqs.map((_, at) => at + (seqs[0] ?? 0)));
    expect(await page.innerText('#trust')).toContain('frames came here; 0 did not.');
    await page.close();
    await proxy.stop();
  });

  it('says what a browser that does not keep up has missed, while others miss nothing', async () => {
    const { page, frames } = await open();
    // A reader that takes nothing in: it says where it wants to go on, and acknowledges nothing.
    await page.evaluate(`new Promise((resolve) => {
      const socket = new WebSocket('ws://' + location.host + '/v1/live', ['fluidscope.live.v1']);
      globalThis.slowFrames = 0;
      socket.onopen = () => socket.send(JSON.stringify({ type: 'resume', session: null, after_seq: -1 }));
      socket.onmessage = ({ data }) => { if (JSON.parse(data).type === 'frame') globalThis.slowFrames += 1; else resolve(); };
    })`);
    await expect.poll(() => fed.live.figures().droppedCount, WITHIN).toBeGreaterThan(20);
    expect(await page.evaluate<number>('globalThis.slowFrames')).toBe(8);
    const seqs = [...frames.keys()].sort((a, b) => a - b);
    expect(seqs).toEqual(seqs.map((_, at) => at + (seqs[0] ?? 0)));
    await page.close();
  });

  it('counts and marks the time of frames that never came', async () => {
    const { page } = await open();
    // Holds its acknowledgements back until frames were left out for it, then sends them.
    await page.evaluate(`{
      const send = WebSocket.prototype.send;
      const held = [];
      WebSocket.prototype.send = function (text) { held.push([this, text]); };
      globalThis.letGo = () => { WebSocket.prototype.send = send; for (const [socket, text] of held) socket.send(text); };
    }`);
    // Of the last 100 it is sent what it missed; what is older is gone for it.
    await expect.poll(() => fed.live.figures().droppedCount, WITHIN).toBeGreaterThan(130);
    await page.evaluate('letGo()');
    await expect
      .poll(() => page.innerText('#trust'), WITHIN)
      .toMatch(/frames came here; [1-9]\d* did not \(hatched/);
    await page.close();
  });

  it.each(['light', 'dark'] as const)('keeps to the rules of accessibility, %s', async (colorScheme) => {
    const { page, complaints } = await open(fed.live.url, { colorScheme });
    await expect.poll(() => page.locator('#miss-table tbody tr').count(), WITHIN).toBeGreaterThan(0);
    await page.evaluate(AXE);
    const violations = await page.evaluate<string[]>(
      'axe.run().then((found) => found.violations.map(({ impact, id, nodes }) => `${impact} ${id}: ${nodes[0].html.slice(0, 160)}`))',
    );
    expect(violations).toEqual([]);
    const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(colorScheme === 'dark' ? 'rgb(13, 17, 23)' : 'rgb(255, 255, 255)');
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('fits a narrow window without scrolling sideways', async () => {
    const { page } = await open();
    await page.setViewportSize({ width: 390, height: 800 });
    await expect
      .poll(() =>
        page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
      )
      .toBe(0);
    await page.close();
  });

  it('keeps what it showed when the run has ended', async () => {
    const { page } = await open();
    fed.live.run?.end('finished');
    await expect.poll(() => linkOf(page), WITHIN).toBe('run ended: finished');
    await page.waitForSelector('#reconnect:not([hidden])');
    expect(await page.locator('.lane').count()).toBeGreaterThan(4);
    await page.close();
  });
});

describe.skipIf(CHROMIUM_PATH === undefined)('a page with a token', () => {
  it('asks for it, says that a wrong one was not taken, and opens with the right one', async () => {
    const browser = await openBrowser();
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
    await browser.close();
    await fed[Symbol.asyncDispose]();
  });
});
