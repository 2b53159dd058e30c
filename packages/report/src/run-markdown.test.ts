import { diagnoseTrace } from '@fluidscope/diagnosis';
import { createMemoryTrace, parseScenario, runScenario, runStartOf } from '@fluidscope/scenario';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { markdownCode, markdownText } from './markdown-text.js';
import { runMarkdown } from './run-markdown.js';
import { summariseTrace, type RunSummary } from './run-summary.js';
import { laidTo, stalledRun } from './testing/diagnoses.js';
import { PAUSES } from './testing/scenario-page.js';
import { NO_SOURCES } from './trace-sources.js';

const HOSTILE = 'a|b`c``\n| x | y |\n<img src=x onerror=alert(1)> @everyone [l](http://x) **b** \u2028# h';

let summary: RunSummary;
let page: string;

beforeAll(async () => {
  const scenario = parseScenario(PAUSES);
  const { writer, reader } = createMemoryTrace(runStartOf(scenario, 1));
  await runScenario(scenario, 1, writer);
  summary = await summariseTrace(reader);
  page = runMarkdown(summary, await diagnoseTrace(reader), { sources: NO_SOURCES });
});

/** The cells of a row as GitHub splits them: at pipes that no backslash stands before. */
function cellsOf(line: string): string[] {
  return line.slice(1, -1).split(/(?<!\\)\|/);
}

describe('a run as Markdown', () => {
  it('has the verdict first, the latencies, and why', () => {
    const { fluidityIndex, missedDeadlinesCount, totalDeadlinesCount } = summary.fluidity;
    expect(page.split('\n')[0]).toContain(`Fluidity-index ${fluidityIndex?.toFixed(4)}`);
    expect(page.split('\n')[0]).toContain(
      `: ${missedDeadlinesCount} of ${totalDeadlinesCount} deadlines missed`,
    );
    const ttft = (summary.latency.ttftNs?.p99 ?? NaN) / 1e6;
    expect(cellsOf(page.split('\n').find((line) => line.startsWith('| TTFT')) ?? '')[4]).toBe(
      ` ${ttft.toFixed(2)} `,
    );
    expect(page).toContain('#### Why\n\n1. **');
    expect(page).toContain('  \n   Do this: ');
  });

  it('shows gates, the ones that were not met in bold', () => {
    const gates = [
      { text: 'fluidity_index>=0.95', isMet: false },
      { text: 'p99_ttft<=500ms', isMet: true },
    ];
    const text = runMarkdown(summary, stalledRun([]), { sources: NO_SOURCES, gates });
    expect(text).toContain('| fluidity\\_index&gt;=0.95 | **not met** |\n| p99\\_ttft&lt;=500ms | met |');
  });

  it('cannot be broken by what a server, a host or a model is called', () => {
    const claim = {
      cause: 'power_cap',
      sourceId: HOSTILE,
      shareRatio: 1,
      delayRatio: 1,
      confidence: 0.9,
      heldBackBy: [],
      score: 2,
      lendableScore: 2,
      tier: 'A',
      evidence: HOSTILE,
      explainedRatio: 1,
      effects: [],
    } as const;
    const hostile: RunSummary = {
      ...summary,
      run: { ...summary.run, config: { model: HOSTILE } },
      failures: [{ errorCode: 'http', httpStatus: 500, count: 3, example: HOSTILE }],
      warnings: [HOSTILE],
    };
    const text = runMarkdown(hostile, laidTo(stalledRun([50]), claim, HOSTILE), {
      sources: NO_SOURCES,
      gates: [{ text: HOSTILE, isMet: true }],
    });
    const tables = text.split('\n').filter((line) => line.startsWith('|'));
    expect(new Set(tables.map((line) => cellsOf(line).length))).toEqual(new Set([2, 3, 6]));
    expect(text.split('\n').filter((line) => line.startsWith('#'))).toHaveLength(2);
    // Outside of code no tag, no link and no name of a person is left.
    const prose = text.replace(/(`+)(?!`)[^]*?(?<!`)\1(?!`)/g, '');
    expect(prose).not.toMatch(/<|(?<!\\)\[l|@\w|http:|\u2028/);
  });
});

const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('`', '|', '\\', '\n', '<', '@', 'a', ' '), { maxLength: 12 })
    .map((all) => all.join('')),
);

it('text stays one line, without an open tag or an open cell', () => {
  expect(['- a', '1. b', '12) c', '+ d', '(e) 1.5'].map(markdownText)).toEqual([
    '\\- a',
    '1\\. b',
    '12\\) c',
    '\\+ d',
    '(e) 1.5',
  ]);
  fc.assert(
    fc.property(texts, (text) => {
      expect(markdownText(text)).not.toMatch(/[\r\n<>\u2028]|(?<!\\)(\\\\)*[|`]/);
    }),
  );
});

it('code is fenced by more backticks than it has in a row', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const [, fence = '', body = ''] = /^(`+) ?([^]*?) ?\1$/.exec(markdownCode(text)) ?? [];
      if (text.replace(/[\p{Cc}\u2028\u2029]/gu, ' ').trim() === '') return;
      expect(fence).not.toBe('');
      expect(body.split('`'.repeat(fence.length))).toHaveLength(1);
      expect(markdownCode(text)).not.toMatch(/[\r\n\u2028]|(?<!\\)\|/);
    }),
  );
});
