import { runNs } from '@fluidscope/units';
import { expect, it } from 'vitest';
import { diagnose, NO_TELEMETRY } from '../index.js';
import { pausedStreams } from '../testing/machines.js';
import { DEADLINES, MS } from '../testing/streams.js';

const STREAMS = pausedStreams({ streamsCount: 4, spans: [[2_000, 2_900]] });

function diagnosisWith(atMs: number, detail: Record<string, number | string>, kind = 'engine_jit_compile') {
  const event = { source: 'engine-log:vllm.log', kind, timeNs: runNs(atMs * MS), detail };
  return diagnose(STREAMS, DEADLINES, { ...NO_TELEMETRY, events: [event] });
}

function findings(...logged: Parameters<typeof diagnosisWith>) {
  return diagnosisWith(...logged).findings;
}

it('is laid to a compilation that the engine logged as its streams stood still, and to none that it logged elsewhere', () => {
  const [finding] = findings(2_850, { what: '_topk_kernel', bound_ns: MS });
  expect(finding?.cause).toBe('jit_compile');
  expect(JSON.stringify(finding)).toContain('_topk_kernel');
  expect(findings(4_000, { bound_ns: MS }).map(({ cause }) => cause)).toEqual(['unknown']);
});

it('is less sure of a line that is dated to the second', () => {
  const [exact, loose] = [MS, 500 * MS].map((boundNs) => findings(2_850, { bound_ns: boundNs })[0]);
  expect(loose?.cause).toBe('jit_compile');
  expect(loose?.confidence).toBeLessThan(exact?.confidence ?? 0);
});

it('does not take a stall for what was logged as much shorter', () => {
  expect(findings(2_850, { bound_ns: MS, took_ns: 20 * MS }).map(({ cause }) => cause)).toEqual(['unknown']);
});

it('is laid to a garbage collection that was logged, surer than to pauses that only look like one', () => {
  const [finding] = findings(2_850, { bound_ns: MS, took_ns: 850 * MS, what: 'generation 2' }, 'engine_gc');
  expect(finding).toMatchObject({ cause: 'runtime_gc', confidence: 0.95 });
  expect(finding?.evidence).toContain('a garbage collection (generation 2) (850.0 ms)');
});

it('judges what a log shows wherever one was read, and says that one would do where it was not', () => {
  const notJudged = (diagnosis: ReturnType<typeof diagnosisWith>) =>
    diagnosis.notJudged.filter(({ cause }) => cause === 'jit_compile' || cause === 'runtime_gc');
  expect(notJudged(diagnosisWith(4_000, {}))).toEqual([]);
  expect(notJudged(diagnose(STREAMS, DEADLINES))).toEqual([
    { cause: 'jit_compile', missing: ['host', 'engine_log'] },
    { cause: 'runtime_gc', missing: ['host', 'engine_log'] },
  ]);
});
