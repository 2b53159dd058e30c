import { durationNs, NS_PER_MS, NS_PER_S } from '@fluidscope/units';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeRun, parseSlo, type RequestOutcome, type RunJudgement, type Slo } from './index.js';
import { FAILED, outcomeOf } from './testing/outcomes.js';

function slo(text: string): Slo {
  const read = parseSlo([text]);
  if ('problems' in read) throw new Error(read.problems.join());
  return read;
}

const judge = (text: string, requests: readonly RequestOutcome[]): RunJudgement =>
  judgeRun(slo(text), { requests, durationNs: durationNs(10 * NS_PER_S) });
const many = (count: number, of: RequestOutcome): RequestOutcome[] => Array.from({ length: count }, () => of);
const slow = outcomeOf({ ttftNs: durationNs(2 * NS_PER_S), fluidityIndex: 0.5, missedDeadlinesCount: 5 });

describe('judgeRun', () => {
  it.each([
    ['p99_ttft<=500ms', 1_000, 0, 'met'],
    ['p99_ttft<=500ms', 100, 0, 'straddles'],
    ['p99_ttft<=500ms', 900, 100, 'not_met'],
    ['fluidity>=0.9@99%', 1_000, 0, 'met'],
    ['fluidity>=0.9@99%', 90, 10, 'not_met'],
    ['fluidity>=0.9@90%', 90, 10, 'straddles'],
    ['fluidity_index>=0.9', 1_000, 10, 'met'],
    ['fluidity_index>=0.9', 100, 100, 'not_met'],
    ['missed_deadlines<=1%', 1_000, 20, 'straddles'],
    ['ttft:500ms e2e:1s goodput>=80%', 90, 10, 'met'],
    ['request_rate>=10', 100, 0, 'met'],
    ['request_rate>=10', 99, 0, 'not_met'],
    ['p90_ttft<=500ms error_rate<=2%', 300, 0, 'met'],
    ['p90_ttft<=50ms error_rate<=2%', 300, 0, 'not_met'],
  ])('%s of %i good and %i slow requests: %s', (text, good, bad, verdict) => {
    expect(judge(text, [...many(good, outcomeOf()), ...many(bad, slow)]).verdict).toBe(verdict);
  });

  it('takes a failed request for worse than any limit', () => {
    const requests = [...many(95, outcomeOf()), ...many(5, FAILED)];
    const [p99, p50, errors, share] = judge(
      'p99_ttft<=1h p50_ttft<=1s error_rate<=1% fluidity>=0@99%',
      requests,
    ).terms;
    expect(p99).toMatchObject({ value: Infinity, isMet: false, verdict: 'not_met' });
    expect(p50).toMatchObject({ value: 100 * NS_PER_MS, verdict: 'met' });
    expect(errors).toMatchObject({ value: 0.05, verdict: 'not_met' });
    expect(share).toMatchObject({ value: 0.95, verdict: 'not_met' });
    expect(share?.sample).toMatchObject({ kind: 'requests' });
  });

  it('pools the waits of all requests, and one without end for each that failed', () => {
    const steady = outcomeOf({}, { tbtNs: Float64Array.of(10e6, 20e6, 30e6, 40e6) });
    const [term] = judge('p50_tbt<=30ms', many(30, steady)).terms;
    expect(term).toMatchObject({ value: 25e6, isMet: true });
    expect(judge('p99_tbt<=1s', [...many(2, steady), FAILED]).terms[0]?.value).toBe(Infinity);
  });

  it('does not take what was not measured for good', () => {
    expect(judge('p99_ttft<=1s', []).verdict).toBe('unmeasured');
    expect(judge('fluidity_index>=0', [FAILED]).verdict).toBe('unmeasured');
    expect(judge('p99_tbt<=1s', [outcomeOf()]).verdict).toBe('unmeasured');
    expect(judge('p99_ttft<=1s error_rate<=1%', many(100, FAILED)).verdict).toBe('not_met');
  });

  it('has each value within its interval, and a verdict that agrees with it', () => {
    const request = fc.oneof(
      fc.constant(FAILED),
      fc
        .record({ ttft: fc.nat(2_000), missed: fc.nat(10), waits: fc.array(fc.nat(100), { maxLength: 5 }) })
        .map(({ ttft, missed, waits }) =>
          outcomeOf(
            {
              ttftNs: durationNs(ttft * NS_PER_MS),
              fluidityIndex: 1 - missed / 10,
              missedDeadlinesCount: missed,
            },
            { tbtNs: Float64Array.from(waits) },
          ),
        ),
    );
    const text =
      'p90_ttft<=1s p75_tbt<=40ns fluidity>=0.5@80% fluidity_index>=0.6 missed_deadlines<=40% error_rate<=30%';
    fc.assert(
      fc.property(fc.array(request, { maxLength: 80 }), (requests) => {
        for (const { value, interval, verdict, isMet } of judge(text, requests).terms) {
          if (value === undefined || interval === undefined) continue;
          expect(value).toBeGreaterThanOrEqual(interval.low - 1e-12);
          expect(value).toBeLessThanOrEqual(interval.high + 1e-12);
          if (verdict === 'met') expect(isMet).toBe(true);
          if (verdict === 'not_met') expect(isMet).toBe(false);
        }
      }),
    );
  });
});
