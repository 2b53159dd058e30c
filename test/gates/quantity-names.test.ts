import { UNIT_SUFFIXES } from '@fluidscope/units';
import { RuleTester } from 'eslint';
import tseslint from 'typescript-eslint';
import { afterAll, describe, expect, it } from 'vitest';
import { quantityNames } from '../../tools/eslint/quantity-names.js';

Object.assign(RuleTester, { afterAll, describe, it, itOnly: it });

const tester = new RuleTester({
  languageOptions: {
    parser: tseslint.parser,
    parserOptions: {
      projectService: { allowDefaultProject: ['*.ts'] },
      tsconfigRootDir: import.meta.dirname,
    },
  },
});

const flagged = (code: string, ...names: string[]) => ({
  code,
  errors: names.map((name) => ({ messageId: 'noUnit', data: { name } })),
});

tester.run('quantity-names', quantityNames, {
  valid: [
    'const latencyNs = 5;',
    'const rowsPerS = 2e6; const chunkTokens = 3; const memoryBytes = 1; const sharePct = 40; const hitRatio = 0.4;',
    'const stepCount = 3; const seq = 1; const length = 4; const updated = 1; const corporate = 2;',
    // The type decides: what is no number needs no unit.
    'const timeout = new AbortController();',
    "const delay = 'a while'; const size = { widthCount: 2 }; const rate = () => 1;",
    'interface Options { readonly timeout: AbortSignal | undefined; readonly rates: string[] }',
    'function wait(interval: Iterable<number>) { return interval; }',
    'let latency: number | string = 5; export { latency };',
    // Declared by someone else: the expected type of the literal names the key.
    'declare function listen(options: { timeoutMs: number }): void; listen({ timeoutMs: 1 });',
    'const rows = new Map<string, number>(); rows.size;',
  ],
  invalid: [
    flagged('const latency = 5;', 'latency'),
    flagged('let queue_delay = 5n;', 'queue_delay'),
    flagged('const TOTAL_TIMEOUT = 5;', 'TOTAL_TIMEOUT'),
    flagged('const latencies = [5, 6]; const frequencies = new Set([1]);', 'latencies', 'frequencies'),
    flagged('const arrivals = new Float64Array(3);', 'arrivals'),
    flagged('function wait(delay: number, timeout = 5, ...gaps: number[]) {}', 'delay', 'timeout', 'gaps'),
    flagged('const wait = (interval: number) => interval;', 'interval'),
    flagged('type Wait = (interval: number) => void;', 'interval'),
    flagged(
      'interface Sample { readonly power: number; temperature?: number; energy: bigint | null; wait(period: number): void }',
      'power',
      'temperature',
      'energy',
      'period',
    ),
    flagged(
      'class Link { bandwidth = 5; #skew = 1; get throughput() { return 1; } }',
      'bandwidth',
      'skew',
      'throughput',
    ),
    flagged('class Timer { constructor(private readonly duration: number) {} }', 'duration'),
    flagged('const result = { elapsed: 5 };', 'elapsed'),
    flagged("type Ns = number & { readonly brand: 'Ns' }; declare const deadline: Ns;", 'deadline'),
  ],
});

describe('the message', () => {
  it('names every suffix of the closed table', () => {
    const message = quantityNames.meta?.messages?.['noUnit'] ?? '';
    for (const suffix of Object.keys(UNIT_SUFFIXES)) expect(message.split(/\W+/)).toContain(suffix);
  });
});
