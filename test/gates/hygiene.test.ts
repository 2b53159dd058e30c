import { expect, it } from 'vitest';
import { hygieneProblems } from '../../tools/check/hygiene.js';
import { temporaryWorkspace } from './temporary-workspace.js';

// Put together here, so that this file holds none of them.
const MARK = ['TO', 'DO'].join('');
const HOME = ['', 'home', 'ada', 'trace.duckdb'].join('/');
const REGISTRY = ['https:/', 'registry.example.org', 'zod.tgz'].join('/');

it.each([
  ['an unfinished mark', `// ${MARK}: later`, 'a.txt:2: an unfinished mark'],
  ['a path of one machine', `open('${HOME}')`, 'a.txt:2: a path of one machine'],
  ["a registry's host", `see ${REGISTRY}`, "a.txt:2: a registry's host"],
])('refuses %s and names the line', (_, line, problem) => {
  using workspace = temporaryWorkspace({ 'a.txt': `first\n${line}\n` });
  expect(hygieneProblems(workspace.root)).toEqual([expect.stringContaining(problem)]);
});

it('passes what only looks like one, what git ignores and what is no text', () => {
  using workspace = temporaryWorkspace({
    'a.txt': `https://example.org${HOME} ./home/x ${MARK}S`,
    '.gitignore': 'ignored.txt',
    'ignored.txt': MARK,
    'a.bin': `\0${MARK}`,
  });
  expect(hygieneProblems(workspace.root)).toEqual([]);
});
