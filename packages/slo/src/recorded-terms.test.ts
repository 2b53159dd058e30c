import { FluidscopeError } from '@fluidscope/errors';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalRequestTerms, recordedRequestTerms } from './index.js';

const latencyText = fc
  .tuple(fc.constantFrom('ttft', 'tbt', 'tpot', 'e2e', 'request_latency'), fc.integer({ min: 1, max: 1e12 }))
  .map(([name, limitNs]) => `${name}:${limitNs}ns`);
const fluidityText = fc
  .double({ min: 0, max: 1, noNaN: true })
  .map((floor) => `fluidity>=${floor.toFixed(6)}`);
const slo = fc
  .array(fc.oneof(latencyText, fluidityText), { minLength: 1, maxLength: 5 })
  .map((words) => words.join(', '));

it('has one form for each SLO, which reads back as the same terms', () => {
  fc.assert(
    fc.property(slo, (text) => {
      const read = canonicalRequestTerms(text);
      if ('problems' in read) throw new Error(read.problems.join());
      expect(canonicalRequestTerms(read.text)).toEqual(read);
      expect(recordedRequestTerms(read.text)).toEqual(recordedRequestTerms(text));
    }),
  );
  expect(canonicalRequestTerms('time_to_first_token<=0.2s,fluidity>=0.95')).toEqual({
    text: 'ttft:200ms fluidity:0.95',
  });
});

it('names every problem of a text that is none', () => {
  expect(canonicalRequestTerms('ttft:200 p99_ttft<=1s')).toEqual({
    problems: [
      expect.stringContaining('"ttft:200": expected'),
      expect.stringContaining('"p99_ttft<=1s": expected a term of a request'),
    ],
  });
});

it('takes nothing recorded for no terms, and refuses terms that it does not know', () => {
  expect(recordedRequestTerms(undefined)).toBeUndefined();
  expect(() => recordedRequestTerms('patience:9')).toThrow(FluidscopeError);
  expect(() => recordedRequestTerms('patience:9')).toThrow('"patience:9"');
});
