/**
 * Bundles the live page's script (src/page/main.ts with what it takes of live-view) and style into src/server/page-bundle.ts, which is text
 * like any other source: so the package needs no file and no bundler at run time. Runs before `tsc`; the result is not committed.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

export async function buildPage() {
  const bundle = await rolldown({
    input: at('src/page/main.ts'),
    platform: 'browser',
    logLevel: 'warn',
    resolve: { conditionNames: ['@fluidscope/source', 'import', 'default'] },
    // Tables of metrics and schemas that the page does not use stay out of it.
    treeshake: { moduleSideEffects: false },
  });
  const { output } = await bundle.generate({ format: 'iife', minify: true });
  await bundle.close();
  const style = await readFile(at('src/page/page.css'), 'utf8');
  const text = `// Made by build-page.mjs from src/page.
export const PAGE_SCRIPT: string = ${JSON.stringify(output[0].code)};
export const PAGE_STYLE: string = ${JSON.stringify(style)};
`;
  const file = at('src/server/page-bundle.ts');
  const before = await readFile(file, 'utf8').catch(() => '');
  if (before !== text) await writeFile(file, text);
}

/** For vitest: tests run on the sources, so the page's script is made of them, too. */
export const setup = buildPage;

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPage();
