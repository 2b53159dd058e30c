/**
 * Bundles the page's script (src/page/main.ts with uPlot) and style into src/html/page-bundle.ts, which is text like any other source: so the
 * package needs no file and no bundler at run time. Runs before `tsc`; the result is not committed.
 */
import { createRequire } from 'node:module';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const { resolve } = createRequire(import.meta.url);
const at = (path) => fileURLToPath(new URL(path, import.meta.url));

export async function buildPage() {
  const bundle = await rolldown({ input: at('src/page/main.ts'), platform: 'browser', logLevel: 'warn' });
  const { output } = await bundle.generate({ format: 'iife', minify: true });
  await bundle.close();
  const licence = await readFile(resolve('uplot/LICENSE'), 'utf8');
  const script = `/*! With uPlot:\n${licence.trim()}\n*/\n${output[0].code.replaceAll('</', '<\\/')}`;
  const style = [
    await readFile(resolve('uplot/dist/uPlot.min.css'), 'utf8'),
    await readFile(at('src/page/page.css'), 'utf8'),
  ].join('\n');
  const text = `// Made by build-page.mjs from src/page.
export const PAGE_SCRIPT: string = ${JSON.stringify(script)};
export const PAGE_STYLE: string = ${JSON.stringify(style)};
`;
  const file = at('src/html/page-bundle.ts');
  const before = await readFile(file, 'utf8').catch(() => '');
  if (before !== text) await writeFile(file, text);
}

/** For vitest: tests run on the sources, so the page's script is made of them, too. */
export const setup = buildPage;

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPage();
