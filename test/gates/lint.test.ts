import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const eslint = new ESLint({ cwd: root });

/** Lints `code` as if it stood in `file` (which exists, so that its types resolve), with the workspace's own config. */
async function lint(
  file: string,
  code: string,
): Promise<readonly { rule: string | null; message: string }[]> {
  const [result] = await eslint.lintText(code, { filePath: file });
  return (result?.messages ?? []).map(({ ruleId, message }) => ({ rule: ruleId, message }));
}

interface Violation {
  readonly what: string;
  readonly file: string;
  readonly code: string;
  readonly rule: string | null;
  /** What a reader must learn from the message besides that it is forbidden. */
  readonly because: string;
}

const METRICS = 'packages/metrics/src/index.ts';
const HARNESS = 'packages/harness/src/index.ts';
const UNITS_TEST = 'packages/units/src/duration-text.test.ts';
const BOUNDARIES = 'fluidscope/import-boundaries';

const LAYER_VIOLATIONS: readonly Violation[] = [
  {
    what: 'a domain package that imports an adapter',
    file: METRICS,
    code: "export * from '@fluidscope/trace-store';",
    rule: BOUNDARIES,
    because:
      'metrics (domain) is left of trace-store (adapter): domain code answers the same for the same input',
  },
  {
    what: 'a type-only import against the layers',
    file: METRICS,
    code: "export type X = import('@fluidscope/harness').Y;",
    rule: BOUNDARIES,
    because: 'metrics (domain) is left of harness (engine)',
  },
  {
    what: 'an adapter that imports another',
    file: 'packages/trace-store/src/index.ts',
    code: "export * from '@fluidscope/llm-client';",
    rule: BOUNDARIES,
    because: 'both are of the adapter layer, whose packages do not know each other',
  },
  {
    what: 'an engine that imports a program',
    file: HARNESS,
    code: "export const load = () => import('fluidscope');",
    rule: BOUNDARIES,
    because: 'an engine runs inside any program, so it knows no command line',
  },
  {
    what: 'a package without a layer',
    file: METRICS,
    code: "export * from '@fluidscope/not-there';",
    rule: BOUNDARIES,
    because: 'give it one in tools/eslint/layers.js',
  },
  {
    what: 'a deep import',
    file: HARNESS,
    code: "export * from '@fluidscope/metrics/src/deadlines.js';",
    rule: BOUNDARIES,
    because: 'reaches past the door of metrics',
  },
  {
    what: 'a relative import that leaves its package',
    file: METRICS,
    code: "export * from '../../units/src/time.js';",
    rule: BOUNDARIES,
    because: 'leaves metrics: import the other package by its name',
  },
  {
    what: 'DuckDB outside its package',
    file: HARNESS,
    code: "export * from '@duckdb/node-api';",
    rule: BOUNDARIES,
    because:
      'Only trace-store may import "@duckdb/node-api": others read a trace through the TraceReader port',
  },
  {
    what: 'undici outside its package',
    file: 'apps/llm-sim/src/index.ts',
    code: "export { request } from 'undici';",
    rule: BOUNDARIES,
    because: 'Only llm-client may import "undici": a second HTTP client would stamp tokens differently',
  },
  {
    what: 'an outside library that nobody placed',
    file: HARNESS,
    code: "export * from 'left-pad';",
    rule: BOUNDARIES,
    because: 'list it there under the one package that owns it',
  },
  {
    what: 'a dependency that its package.json does not declare',
    file: METRICS,
    code: "export * from 'zod';",
    rule: BOUNDARIES,
    because: 'it resolves here only because another package installs it',
  },
];

const PURITY_VIOLATIONS: readonly Violation[] = [
  {
    what: 'a domain file that reads files',
    file: METRICS,
    code: "export { readFileSync } from 'node:fs';",
    rule: BOUNDARIES,
    because: 'metrics is pure (domain layer) and may not import "node:fs"',
  },
  {
    what: 'Date.now in the domain',
    file: METRICS,
    code: 'export const nowMs = Date.now();',
    rule: 'no-restricted-properties',
    because: 'Date.now reads a clock; take a RunClock',
  },
  {
    what: 'new Date() in the domain',
    file: METRICS,
    code: 'export const started = new Date();',
    rule: 'no-restricted-syntax',
    because: 'new Date() reads a clock',
  },
  {
    what: 'Math.random in the domain',
    file: METRICS,
    code: 'export const x = Math.random();',
    rule: 'no-restricted-properties',
    because: 'Math.random has no seed; take a seeded generator',
  },
  ...['performance', 'process', 'setTimeout', 'console', 'fetch'].map((name) => ({
    what: `${name} in the domain`,
    file: METRICS,
    code: `export const x = ${name};`,
    rule: 'no-restricted-globals',
    because: 'Pure code answers the same for the same input',
  })),
  {
    what: 'a global by another road',
    file: METRICS,
    code: 'export const x = globalThis.performance;',
    rule: 'no-restricted-globals',
    because: 'performance reads a clock',
  },
];

const CODE_VIOLATIONS: readonly Violation[] = [
  {
    what: 'a quantity without its unit',
    file: METRICS,
    code: 'export const latency = 5;',
    rule: 'fluidscope/quantity-names',
    because: 'End the name in one of Ns Us Ms S Bytes',
  },
  {
    what: 'any',
    file: METRICS,
    code: 'export const x: any = 5;',
    rule: '@typescript-eslint/no-explicit-any',
    because: 'Specify a different type',
  },
  {
    what: 'a non-null assertion',
    file: METRICS,
    code: 'export const first = (xs: string[]): string => xs[0]!;',
    rule: '@typescript-eslint/no-non-null-assertion',
    because: 'non-null assertion',
  },
  {
    what: 'a promise that nobody awaits',
    file: HARNESS,
    code: 'export function f(p: Promise<void>): void { p; }',
    rule: '@typescript-eslint/no-floating-promises',
    because: 'Promises must be awaited',
  },
  {
    what: 'a switch that forgets a case',
    file: METRICS,
    code: "export function f(k: 'a' | 'b'): number { switch (k) { case 'a': return 1; } return 0; }",
    rule: '@typescript-eslint/switch-exhaustiveness-check',
    because: '"b"',
  },
  {
    what: 'a type imported as a value',
    file: METRICS,
    code: "import { RunNs } from '@fluidscope/units'; export type X = RunNs;",
    rule: '@typescript-eslint/consistent-type-imports',
    because: 'only used as types',
  },
  {
    what: 'a comment that switches a rule off in source',
    file: METRICS,
    code: '// eslint-disable-next-line no-var\nexport const x = 1;',
    rule: null,
    because: 'noInlineConfig',
  },
  {
    what: 'a function longer than a screen',
    file: METRICS,
    code: `export function f(xs: string[]): void {\n${"  xs.push('x');\n".repeat(60)}}`,
    rule: 'max-lines-per-function',
    because: 'too many lines',
  },
  {
    what: 'a test that runs alone',
    file: UNITS_TEST,
    code: "import { it } from 'vitest'; it.only('x', () => {});",
    rule: 'no-restricted-syntax',
    because: 'switched off or left alone',
  },
  {
    what: 'a suite that is switched off',
    file: UNITS_TEST,
    code: "import { describe } from 'vitest'; describe.skip('x', () => {});",
    rule: 'no-restricted-syntax',
    because: 'switched off or left alone',
  },
];

describe.each([
  ['walls between packages', LAYER_VIOLATIONS],
  ['purity of the domain', PURITY_VIOLATIONS],
  ['code', CODE_VIOLATIONS],
])('%s', (_, violations) => {
  it.each(violations)('refuses $what', async ({ file, code, rule, because }) => {
    const messages = await lint(file, code);
    expect(messages).toContainEqual({ rule, message: expect.stringContaining(because) });
  });
});

describe('what is allowed', () => {
  it.each([
    ['a domain package on the base', METRICS, "export { type RunNs } from '@fluidscope/units';"],
    [
      'a domain package on another',
      'packages/timing-import/src/index.ts',
      "export * from '@fluidscope/metrics';",
    ],
    [
      'an engine on an adapter and on node',
      HARNESS,
      "export * from '@fluidscope/llm-client'; export { hostname } from 'node:os';",
    ],
    ['the owner of a library', 'packages/llm-client/src/index.ts', "export { Agent } from 'undici';"],
    ['a calendar computation in the domain', METRICS, 'export const x = Date.UTC(2024, 1) + Math.abs(-1);'],
    ['a clock in an adapter', HARNESS, 'export const startedMs = performance.now();'],
    [
      'files in a test of the domain',
      UNITS_TEST,
      "import { readFileSync } from 'node:fs'; readFileSync('x');",
    ],
  ])('%s', async (_, file, code) => {
    expect(await lint(file, code)).toEqual([]);
  });
});
