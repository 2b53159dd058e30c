import { runNs } from '@fluidscope/units';
import { expect, it } from 'vitest';
import { diagnose, NO_TELEMETRY } from '../index.js';
import { pausedStreams } from '../testing/machines.js';
import { DEADLINES, MS } from '../testing/streams.js';

const STREAMS = pausedStreams({ streamsCount: 4, spans: [[2_000, 2_900]] });

function findings(atMs: number, detail: Record<string, number | string>) {
  const event = {
    source: 'engine-log:vllm.log',
    kind: 'engine_jit_compile',
    timeNs: runNs(atMs * MS),
    detail,
  };
  return diagnose(STREAMS, DEADLINES, { ...NO_TELEMETRY, events: [event] }).findings;
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
