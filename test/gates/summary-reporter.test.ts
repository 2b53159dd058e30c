import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryWorkspace } from './temporary-workspace.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The exit status and last line of a whole vitest run over the given test files, as `npm test` would make it. */
function runTests(files: Readonly<Record<string, string>>): {
  status: number | null;
  lastLine: string | undefined;
} {
  using workspace = temporaryWorkspace({
    ...files,
    'vitest.config.ts':
      `import { SummaryReporter } from '${root}tools/summary-reporter.ts';\n` +
      `export default { test: { globals: true, reporters: ['default', new SummaryReporter()] } };\n`,
  });
  const { status, stdout } = spawnSync(
    process.execPath,
    [`${root}node_modules/vitest/vitest.mjs`, 'run', '--root', workspace.root],
    { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined } },
  );
  return { status, lastLine: stdout.trimEnd().split('\n').at(-1) };
}

it('counts tests over all files as the last line', () => {
  const run = runTests({
    'a.test.ts': "it('a', () => {}); it('b', () => {});",
    'b.test.ts': "it('c', () => {});",
  });
  expect(run).toEqual({ status: 0, lastLine: '3 passed, 0 failed' });
});

it('counts failures, files that do not load and errors outside tests, and fails', () => {
  const run = runTests({
    'a.test.ts': "it('a', () => { throw new Error('no'); }); it.skip('b', () => {}); it('c', () => {});",
    'b.test.ts': "import './missing.js'; it('d', () => {});",
    'c.test.ts':
      "it('e', () => new Promise((done) => setTimeout(done, 50))); setTimeout(() => { throw new Error('late'); });",
  });
  expect(run).toEqual({ status: 1, lastLine: '2 passed, 3 failed, 1 skipped' });
});
