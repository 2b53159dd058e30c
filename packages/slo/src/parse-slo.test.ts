import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatSlo,
  parseGates,
  parseRequestTerms,
  parseSlo,
  type Gates,
  type RequestTerm,
  type RunMetric,
} from './index.js';

describe('parseRequestTerms', () => {
  it('reads terms by our names, AIPerf’s and vLLM’s', () => {
    expect(parseRequestTerms(['ttft:500ms, tpot<=50ms e2el:10s fluidity>=0.9', 'tbt:80ms'])).toEqual([
      { metric: 'ttft', limitNs: 500_000_000 },
      { metric: 'tpot', limitNs: 50_000_000 },
      { metric: 'end_to_end', limitNs: 10_000_000_000 },
      { metric: 'fluidity_index', floorIndex: 0.9 },
      { metric: 'tbt', limitNs: 80_000_000 },
    ]);
    expect(parseRequestTerms(['time_to_first_token:1s inter_token_latency:9ms fluidity_index>=0.5'])).toEqual(
      [
        { metric: 'ttft', limitNs: 1_000_000_000 },
        { metric: 'tpot', limitNs: 9_000_000 },
        { metric: 'fluidity_index', floorIndex: 0.5 },
      ],
    );
  });

  it.each([
    ['', 'at least one term'],
    ['ttft', 'a term such as'],
    ['tftt:5ms', 'the metric "tftt"'],
    ['ttft:500', 'bare number'],
    ['fluidity:1.5', 'from 0 to 1'],
    ['constructor:5ms', 'the metric "constructor"'],
    ['ttft>=5ms', 'expected <= but received >='],
    ['fluidity<=0.9', 'expected >= but received <='],
    ['ttft<5ms', 'expected <= but received <'],
    ['p99_ttft<=5ms', 'one of a run'],
    ['ttft:5ms@99%', 'one of a run'],
  ])('refuses %j', (text, part) => {
    expect(parseRequestTerms([text])).toMatchObject({
      problems: [expect.stringContaining(part) as string],
    });
  });
});

describe('parseSlo', () => {
  it('reads terms of a run, blanks around operators and all', () => {
    expect(parseSlo(['p99_ttft <= 500ms,p99.9_tbt<=50ms fluidity>=0.9@99%', 'p999_e2e<=9s'])).toEqual({
      requestTerms: [],
      runTerms: [
        { metric: { kind: 'quantile', of: 'ttft', ratio: 0.99 }, limit: 500_000_000 },
        { metric: { kind: 'quantile', of: 'tbt', ratio: 0.999 }, limit: 50_000_000 },
        { metric: { kind: 'share', of: { metric: 'fluidity_index', floorIndex: 0.9 } }, limit: 0.99 },
        { metric: { kind: 'quantile', of: 'end_to_end', ratio: 0.999 }, limit: 9_000_000_000 },
      ],
    });
    expect(
      parseSlo(['error_rate<=1% missed_deadlines<=0.01 fluidity_index>=0.95 request_rate>=4.5/s']),
    ).toMatchObject({
      runTerms: [
        { metric: { kind: 'error_rate' }, limit: 0.01 },
        { metric: { kind: 'missed_deadlines' }, limit: 0.01 },
        { metric: { kind: 'fluidity_index' }, limit: 0.95 },
        { metric: { kind: 'request_rate' }, limit: 4.5 },
      ],
    });
  });

  it('takes terms of a request together with the share that must meet them', () => {
    expect(parseSlo(['ttft:500ms fluidity_index:0.9 goodput>=95%'])).toMatchObject({
      requestTerms: [{ metric: 'ttft' }, { metric: 'fluidity_index', floorIndex: 0.9 }],
      runTerms: [{ metric: { kind: 'goodput' }, limit: 0.95 }],
    });
  });

  it.each([
    ['ttft:500ms', 'ttft:500ms@99% or by goodput>=99%'],
    ['goodput>=95%', 'expected terms of a request beside it'],
    ['p100_ttft<=1s', 'ttft:LIMIT@100%'],
    ['p0_ttft<=1s', 'percentile above p0'],
    ['p99_ttft>=1s', 'expected <= but received >='],
    ['error_rate<=5', 'a share from 0 to 1 or in percent'],
    ['goodput>=101%', 'a share from 0 to 1'],
    ['p99_ttft<=+5%', 'received a difference'],
    ['p99_ttft<=5ms@99%', 'only behind a term of a request'],
    ['request_rate>=-', 'difference'],
    ['p99_fluidity>=0.9', 'the metric "p99_fluidity"'],
  ])('refuses %j', (text, part) => {
    expect(parseSlo([text])).toMatchObject({ problems: [expect.stringContaining(part) as string] });
  });

  it('names every problem of every text', () => {
    const { problems } = parseSlo(['a:1s b:2s', 'ttft:5 p99_ttft<=1s']) as { problems: string[] };
    expect(problems).toHaveLength(3);
    expect(problems.join()).toMatch(/"a:1s".*"b:2s".*"ttft:5"/s);
  });
});

describe('parseGates', () => {
  it('reads limits, and differences to another run', () => {
    expect(
      parseGates([
        'fluidity_index>=0.95 p99_ttft<=+5% p90_tbt<=+20ms fluidity_index>=-0.01',
        'error_rate<=+1pp fluidity>=0.9@-1pp',
      ]),
    ).toEqual({
      requestTerms: [],
      runTerms: [{ metric: { kind: 'fluidity_index' }, limit: 0.95 }],
      changeTerms: [
        { metric: { kind: 'quantile', of: 'ttft', ratio: 0.99 }, by: 'relative', change: 0.05 },
        { metric: { kind: 'quantile', of: 'tbt', ratio: 0.9 }, by: 'absolute', change: 20_000_000 },
        { metric: { kind: 'fluidity_index' }, by: 'absolute', change: -0.01 },
        { metric: { kind: 'error_rate' }, by: 'absolute', change: 0.01 },
        {
          metric: { kind: 'share', of: { metric: 'fluidity_index', floorIndex: 0.9 } },
          by: 'absolute',
          change: -0.01,
        },
      ],
    });
  });

  it.each([
    ['error_rate<=+1%', '+1pp (percentage points)'],
    ['p99_ttft<=+5', 'bare number'],
    ['p99_ttft<=+5pp', 'a time such as'],
    ['fluidity_index>=-2', '-1pp or -0.01'],
    ['request_rate>=-.%', 'difference'],
  ])('refuses %j', (text, part) => {
    expect(parseGates([text])).toMatchObject({ problems: [expect.stringContaining(part) as string] });
  });
});

const ratio = fc.double({ min: 0, max: 1, noNaN: true });
const limitNs = fc.nat(2 ** 31 - 1).chain((low) => fc.nat(1_000).map((high) => high * 2 ** 31 + low));
const latency = fc.constantFrom('ttft' as const, 'tbt' as const, 'tpot' as const, 'end_to_end' as const);
const requestTerm = fc.oneof(
  fc.record({ metric: latency, limitNs }),
  fc.record({ metric: fc.constant('fluidity_index' as const), floorIndex: ratio }),
) as fc.Arbitrary<RequestTerm>;
const share = fc.oneof(
  fc.constantFrom(
    { kind: 'goodput' },
    { kind: 'error_rate' },
    { kind: 'missed_deadlines' },
    { kind: 'fluidity_index' },
  ),
  fc.record({ kind: fc.constant('share'), of: requestTerm }),
) as fc.Arbitrary<RunMetric>;
const percentile = fc.integer({ min: 1, max: 9_989 }).map((tenThousandths) => Number(`${tenThousandths}e-4`));
const quantile = fc.record({
  kind: fc.constant('quantile'),
  of: latency,
  ratio: percentile,
}) as fc.Arbitrary<RunMetric>;
const sign = fc.constantFrom(-1, 1);
const gates = fc.record({
  requestTerms: fc.array(requestTerm, { minLength: 1 }),
  runTerms: fc
    .array(
      fc.oneof(fc.record({ metric: share, limit: ratio }), fc.record({ metric: quantile, limit: limitNs })),
    )
    .map((terms) => [{ metric: { kind: 'goodput' }, limit: 0.5 }, ...terms]),
  changeTerms: fc.array(
    fc.oneof(
      fc.record({ metric: share, by: fc.constant('absolute'), change: ratio.map((by) => by) }),
      fc
        .tuple(quantile, limitNs, sign)
        .map(([metric, by, side]) => ({ metric, by: 'absolute', change: side * by })),
      fc
        .tuple(quantile, percentile, sign)
        .map(([metric, by, side]) => ({ metric, by: 'relative', change: side * by })),
    ),
  ),
}) as fc.Arbitrary<Gates>;

it('reads back what it formats', () => {
  fc.assert(
    fc.property(gates, (written) => {
      expect(parseGates([formatSlo(written)])).toEqual(written);
    }),
  );
});

it('never throws, and gives either terms or problems', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom(...Array.from('p9_tf:<=>@%+-.0e ,ms')) }),
  );
  fc.assert(
    fc.property(fc.array(text), (texts) => {
      for (const read of [parseSlo(texts), parseGates(texts)]) {
        expect(
          'problems' in read ? read.problems.length : read.requestTerms.length + read.runTerms.length,
        ).toBeGreaterThan(0);
      }
    }),
  );
});
