import { describe, expect, it } from 'vitest';
import { documentProblems, linkProblems } from '../../tools/check/documents.js';
import { LAYERS } from '../../tools/eslint/layers.js';
import { temporaryWorkspace } from './temporary-workspace.js';

const ROWS = LAYERS.map(({ name }) => (name === 'base' ? '| base | `units` |' : `| ${name} | |`));

const GOOD = {
  'ARCHITECTURE.md': ROWS.join('\n'),
  'packages/units/package.json': {},
  'packages/units/README.md': '# units\n\n## Non-features\n\nNo calendar.\n',
};

function problemsWith(files: Readonly<Record<string, unknown>>): readonly string[] {
  using workspace = temporaryWorkspace({ ...GOOD, ...files });
  return documentProblems(workspace.root);
}

describe('documents', () => {
  it('has nothing to say of a workspace in order', () => {
    expect(problemsWith({})).toEqual([]);
  });

  it.each([
    [
      'a package without a README',
      {
        'packages/errors/package.json': {},
        'ARCHITECTURE.md': GOOD['ARCHITECTURE.md'].replace('`units`', '`units` `errors`'),
      },
      'packages/errors has no README.md',
    ],
    [
      'a README without Non-features',
      { 'packages/units/README.md': '# units\n\nNon-features are none.\n' },
      'packages/units/README.md has no "Non-features" heading',
    ],
    [
      'a package that ARCHITECTURE.md does not name',
      { 'ARCHITECTURE.md': GOOD['ARCHITECTURE.md'].replace('`units`', '') },
      'ARCHITECTURE.md does not name `units` in the row of the base layer',
    ],
    [
      'a package in the row of another layer',
      { 'ARCHITECTURE.md': GOOD['ARCHITECTURE.md'].replace('| domain |', '| domain | `units` |') },
      'ARCHITECTURE.md names `units` in the row of the domain layer',
    ],
    [
      'a layer without a row',
      { 'ARCHITECTURE.md': GOOD['ARCHITECTURE.md'].replace('| engine | |', '') },
      'ARCHITECTURE.md has no table row for the engine layer',
    ],
  ])('refuses %s', (_, files, problem) => {
    expect(problemsWith(files)).toEqual([expect.stringContaining(problem)]);
  });
});

describe('links', () => {
  const linked = (link: string) => ({ 'README.md': `# Top\n\n[x](${link})\n`, 'docs/a.md': '# A part\n' });

  it.each(['docs/a.md', 'docs/a.md#a-part', '#top', 'docs'])('follows %s', (link) => {
    using workspace = temporaryWorkspace(linked(link));
    expect(linkProblems(workspace.root)).toEqual([]);
  });

  it.each([
    ['docs/b.md', 'Cannot find file `docs/b.md`'],
    ['docs/a.md#another-part', 'Cannot find heading for `#another-part` in `docs/a.md`'],
    ['#bottom', 'Cannot find heading for `#bottom`'],
  ])('refuses %s', (link, problem) => {
    using workspace = temporaryWorkspace(linked(link));
    expect(linkProblems(workspace.root)).toEqual([expect.stringContaining(problem)]);
  });
});
