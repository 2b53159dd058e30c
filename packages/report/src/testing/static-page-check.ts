import { source as AXE } from 'axe-core';
import type { Browser } from 'playwright-core';

export interface StaticPageCheck {
  /** Rules of accessibility that are broken, in either theme. */
  readonly violations: readonly string[];
  /** What it asked for beyond itself. */
  readonly asked: readonly string[];
  /** How much wider than a narrow window it is. */
  readonly overflowPx: number;
  readonly complaints: readonly string[];
}

export const FLAWLESS: StaticPageCheck = { violations: [], asked: [], overflowPx: 0, complaints: [] };

/** Opens a page that has no script of its own in both themes, and in a narrow window. */
export async function checkStaticPage(browser: Browser, markup: string): Promise<StaticPageCheck> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const [asked, complaints]: [string[], string[]] = [[], []];
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.setContent(markup);
  const violations: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const found = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
      `${AXE}; axe.run()`,
    );
    violations.push(
      ...found.violations.map(
        ({ id, nodes }) => `${colorScheme}: ${id}: ${nodes[0]?.html.slice(0, 120) ?? ''}`,
      ),
    );
  }
  await page.setViewportSize({ width: 390, height: 800 });
  const overflowPx = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  await page.close();
  return { violations, asked, overflowPx, complaints };
}
