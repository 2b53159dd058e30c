import { describe, expect, it } from 'vitest';
import type { CauseRule, ExplanationOrder, NamedCause, Suspicion } from './causes/cause-rule.js';
import { decide } from './verdict.js';

function ruleOf(cause: NamedCause, order: ExplanationOrder, highestConfidence = 0.95): CauseRule {
  return { cause, order, highestConfidence, reads: {}, advice: '', judge: () => [] };
}

const RULES = [
  ruleOf('client_lag', 'client'),
  ruleOf('queueing', 'engine_record'),
  ruleOf('kv_preemption', 'engine_record'),
  ruleOf('power_cap', 'gpu_mechanism', 0.9),
];

function suspect(cause: NamedCause, over: Partial<Suspicion> & { readonly score?: number } = {}): Suspicion {
  const { score = 5, ...rest } = over;
  return {
    cause,
    sourceId: undefined,
    tier: 'A',
    explainedRatio: 1,
    observations: [{ name: 'seen', value: 1, logLikelihoodRatio: score }],
    coverageRatio: 1,
    evidence: cause,
    ...rest,
  };
}

function claimed(suspicions: readonly Suspicion[], masked = false) {
  return decide(RULES, suspicions, { masked, isSupported: () => true }).claims.map(
    ({ cause, shareRatio }) => [cause, shareRatio],
  );
}

describe('decide', () => {
  it('claims nothing where nothing speaks', () => {
    expect(decide(RULES, [], { masked: false, isSupported: () => true })).toMatchObject({
      claims: [],
      unknownBecause: expect.stringContaining('nothing') as string,
    });
  });

  it('caps what evidence can say by its mechanism and its tier where telemetry is missing', () => {
    const confidenceOf = (suspicion: Suspicion) =>
      decide(RULES, [suspicion], { masked: false, isSupported: () => true, missing: ['host'] }).claims[0]
        ?.confidence;
    expect(confidenceOf(suspect('power_cap'))).toBe(0.9);
    expect(confidenceOf(suspect('power_cap', { tier: 'C' }))).toBe(0.6);
  });

  it('takes what is likelier than not, and is no surer of it than of its lead over a rival', () => {
    const scoreOf = (...suspicions: readonly Suspicion[]) =>
      decide(RULES, suspicions, { masked: false, isSupported: () => true }).claims[0]?.score;
    expect(scoreOf(suspect('power_cap', { score: -0.1 }))).toBeUndefined();
    expect(scoreOf(suspect('power_cap', { score: 0.5 }))).toBe(0.5);
    expect(scoreOf(suspect('queueing', { score: 3 }), suspect('kv_preemption', { score: 2 }))).toBe(1);
  });

  it('hears a later class only on what an earlier one left', () => {
    expect(claimed([suspect('power_cap'), suspect('queueing')])).toEqual([['queueing', 1]]);
    expect(claimed([suspect('power_cap'), suspect('queueing', { explainedRatio: 0.4 })])).toEqual([
      ['power_cap', 0.6],
      ['queueing', 0.4],
    ]);
  });

  it('leaves a rest unknown that is more than budgets can tell, and shares out a smaller one', () => {
    expect(claimed([suspect('power_cap', { explainedRatio: 0.6 })])).toEqual([['power_cap', 0.6]]);
    expect(claimed([suspect('power_cap', { explainedRatio: 0.9 })])).toEqual([['power_cap', 1]]);
  });

  it('is not sure of one of two about as likely, says which, and takes the same cause at two places for one', () => {
    const rivals = [suspect('queueing', { score: 2 }), suspect('kv_preemption', { score: 1.9 })];
    expect(decide(RULES, rivals, { masked: false, isSupported: () => true })).toMatchObject({
      claims: [],
      unknownBecause: 'queueing and kv_preemption are about as likely',
    });
    expect(
      claimed([suspect('power_cap', { sourceId: 'a' }), suspect('power_cap', { sourceId: 'b' })]),
    ).toEqual([['power_cap', 1]]);
  });

  it('takes two of one class for parts of the delay where their sizes fit into it together', () => {
    const parts = [
      suspect('queueing', { score: 2, explainedRatio: 0.6 }),
      suspect('kv_preemption', { score: 1.9, explainedRatio: 0.4 }),
    ];
    expect(claimed(parts)).toEqual([
      ['queueing', 0.6],
      ['kv_preemption', 0.4],
    ]);
  });

  it('concludes nothing from sources that covered too little', () => {
    expect(
      decide(RULES, [suspect('power_cap', { coverageRatio: 0.7 })], {
        masked: false,
        isSupported: () => true,
      }),
    ).toMatchObject({
      claims: [],
      unknownBecause: 'power_cap is likely, but only 70 % of the time was covered by samples',
    });
  });

  it('hears the client alone in a masked window', () => {
    expect(claimed([suspect('queueing'), suspect('client_lag')], true)).toEqual([['client_lag', 1]]);
    expect(claimed([suspect('queueing')], true)).toEqual([]);
  });
});
