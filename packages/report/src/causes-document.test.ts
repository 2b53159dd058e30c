import { CAUSE_RULES } from '@fluidscope/diagnosis';
import { CAUSES, type Cause } from '@fluidscope/trace-schema';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { CAUSE_WORDS } from './index.js';

const DOCUMENT = fileURLToPath(new URL('../../../docs/causes.md', import.meta.url));
const NEEDS = {
  gpu: 'GPU agent',
  host: 'agent on the server’s host',
  server: 'server metrics',
  client: 'client',
};

/** The document is the code's own words. After a change of either: npx vitest run --project report causes-document -u */
it('documents every cause as the code has it', async () => {
  await expect(documentText()).toMatchFileSnapshot(DOCUMENT);
});

function documentText(): string {
  const told = CAUSES.filter((cause) => cause !== 'unknown');
  return (
    [
      '# Causes',
      'What `fluidscope diagnose` can blame a missed deadline on, made from the code by `packages/report/src/causes-document.test.ts`. [How to read a finding](diagnosis.md) says what confidence and evidence mean.',
      ...told.flatMap(sectionOf),
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  );
}

function sectionOf(cause: Cause): string[] {
  const { title, mechanism } = CAUSE_WORDS[cause];
  const rule = CAUSE_RULES.find((each) => each.cause === cause);
  const heading = [`## \`${cause}\``, `${title[0]?.toUpperCase() ?? ''}${title.slice(1)}. ${mechanism}`];
  if (rule === undefined)
    return [...heading, 'Not told yet: no rule judges it, and its stalls are `unknown`.'];
  const needs = Object.keys(rule.reads).map((kind) => NEEDS[kind as keyof typeof NEEDS]);
  return [
    ...heading,
    [
      `- **Do this:** ${rule.advice}`,
      `- **Needs:** ${['tokens', ...needs].join(', ')}${rule.shownByLog ? '; or tokens, engine log' : ''}`,
      `- **Surest confidence without all telemetry:** ${rule.highestConfidence}`,
    ].join('\n'),
  ];
}
