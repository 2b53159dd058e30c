import { Command } from 'commander';
import { expect, it } from 'vitest';
import { expandFlagAliases, FLAG_ALIASES } from './flag-aliases.js';
import { addRunFlags } from './run-flags.js';

it('replaces other tools’ spellings, with = too, and nothing after --', () => {
  expect(
    expandFlagAliases(['run', '--num-prompts', '5', '--base-url=http://x/?a=b', '--', '--num-prompts']),
  ).toEqual(['run', '--num-requests', '5', '--url=http://x/?a=b', '--', '--num-prompts']);
});

it('points every alias at a flag that run has, and shadows none of ours', () => {
  const flags = addRunFlags(new Command('run')).options.map((option) => option.long);
  for (const [alias, flag] of Object.entries(FLAG_ALIASES)) {
    expect(flags).toContain(flag);
    expect(flags).not.toContain(alias);
  }
});
