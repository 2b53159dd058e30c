import type { Claim, Diagnosis } from '@fluidscope/diagnosis';
import { CAUSES } from '@fluidscope/trace-schema';
import { describe, expect, it } from 'vitest';
import { formatDiagnosis, formatDiagnosisBrief, NO_SOURCES, type TraceSources } from './index.js';
import { laidTo, stalledRun } from './testing/diagnoses.js';

const SOURCES: TraceSources = {
  names: new Map([['host-1-ab/GPU-3', 'GPU 3 of host-1 (H100, GPU-3)']]),
  agents: [
    { hostname: 'host-1', clockBoundNs: 308_000, refreshNs: new Map([['power_instant_mw', 100_000_000]]) },
  ],
};
const POWER_CAP: Claim = {
  cause: 'power_cap',
  sourceId: 'host-1-ab/GPU-3',
  shareRatio: 1,
  delayRatio: 1,
  confidence: 0.88,
  heldBackBy: [],
  score: 2,
  lendableScore: 2,
  tier: 'A',
  evidence: 'under its software power cap 95 % of the time',
  explainedRatio: 0.9,
  effects: [],
};
const ADVICE = 'Raise the limit (nvidia-smi -pl).';

/** Line breaks are layout. */
function wordsOf(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

function whole(diagnosis: Diagnosis, columns = 100, sources = SOURCES): string {
  return formatDiagnosis(diagnosis, { sources, columns });
}

function brief(diagnosis: Diagnosis, columns = 100): string {
  return formatDiagnosisBrief(diagnosis, { sources: SOURCES, columns });
}

function withClaim(over: Partial<Claim> = {}): Diagnosis {
  return laidTo(stalledRun([50, 150]), { ...POWER_CAP, ...over }, ADVICE);
}

describe('a finding', () => {
  it('says what, where, when, how sure, by what evidence, what it cost and what to do', () => {
    const text = wordsOf(whole(withClaim()));
    expect(text).toContain(
      '100 % of missed deadlines (2 of 2 stall episodes) come from a software power cap on GPU 3 of host-1 (H100, GPU-3).',
    );
    expect(text).toContain('power_cap: The GPU drew as much power as it may');
    expect(text).toContain('1.100 s to 4.900 s into the run');
    expect(text).toContain('confidence 0.88 of 1 in the least sure episode; tier A, the mechanism itself');
    expect(text).toContain('under its software power cap 95 % of the time');
    expect(text).toMatch(/without it the fluidity-index would be 1\.0000 instead of 0\.\d{4}/);
    expect(text).toContain(`do this ${ADVICE}`);
  });

  it('tells misses without a stall as slow spells, and of no stream that it was slow all the time', () => {
    const diagnosis = withClaim();
    const spells: Diagnosis = {
      ...diagnosis,
      findings: diagnosis.findings.map((finding) => ({ ...finding, kind: 'slow_throughout' })),
    };
    const text = wordsOf(whole(spells));
    expect(text).toContain('(in slow spells of streams, five seconds at most each and without a stall)');
    expect(text).not.toContain('throughout');
  });

  it('claims no more than coincidence where the evidence is no more', () => {
    expect(wordsOf(whole(withClaim({ tier: 'C' })))).toContain('coincide with a software power cap');
  });

  it('says how far chance would go, and of several causes the share of each', () => {
    const diagnosis = withClaim();
    const [finding] = diagnosis.findings;
    if (finding === undefined) throw new Error('Expected a finding but received none');
    const coincidence = {
      cause: 'power_cap',
      sourceId: 'host-1-ab/GPU-3',
      episodesCount: 23,
      test: { familyWisePRatio: 0.004, attainablePRatio: 0.002 },
      lift: { liftRatio: 8.1, liftLowRatio: 3.9, liftHighRatio: 15, oddsRatio: 12, matchedCount: 20 },
    } as const;
    const findings = [{ ...finding, coincidence, shapleyIndex: 0.1234 }, finding];
    const text = wordsOf(whole({ ...diagnosis, findings }));
    expect(text).toContain(
      '8.1 times as much at work in stalls as in like windows without one (95 % interval 3.9 to 15.0); family-wise p = .0040 (attainable .0020)',
    );
    expect(text).toContain('0.1234 is this one’s share');
    const few = wordsOf(
      whole({
        ...diagnosis,
        findings: [{ ...finding, coincidence: { ...coincidence, test: undefined, lift: undefined } }],
      }),
    );
    expect(few).toContain('no like window without a stall to compare with; too few episodes');
  });

  it('lists several places, and names a source that nobody described by its id', () => {
    const [finding] = withClaim().findings;
    if (finding === undefined) throw new Error('Expected a finding but received none');
    const sourceIds = ['host-1-ab/GPU-3', 'host-2/GPU-7'];
    const text = wordsOf(whole({ ...withClaim(), findings: [{ ...finding, sourceIds }] }));
    expect(text).toContain('where GPU 3 of host-1 (H100, GPU-3) and host-2/GPU-7');
  });

  it('calls what it cannot tell unknown, says why, and what would have told', () => {
    const text = wordsOf(whole(stalledRun([50]), 100, NO_SOURCES));
    expect(text).toContain('have a cause that could not be told');
    expect(text).toContain('without these stalls the fluidity-index would be 1.0000');
    expect(text).toContain('do this Record more of the server');
    expect(text).toMatch(/Could not be judged without a GPU agent \(run --agent\): .*power_cap/);
  });
});

describe('the whole text', () => {
  it('names the clock and sensor bounds that its verdicts rest on', () => {
    const text = wordsOf(whole(withClaim()));
    expect(text).toContain('tokens that ended a stall: stamped within 3.00 µs at the worst');
    expect(text).toContain('host-1: clock within 308 µs of the client’s');
    expect(text).toContain('power_instant_mw 100 ms');
  });

  it('says what time, whose samples and which requests no verdict covers', () => {
    const text = wordsOf(
      whole({
        ...withClaim(),
        masked: [
          { sourceId: 'client', reason: 'client_lag', fromNs: 0, toNs: 2e9 },
          { sourceId: 'client', reason: 'client_lag', fromNs: 3e9, toNs: 4e9 },
        ],
        lost: [{ sourceId: 'host-1-ab/GPU-3', lossesCount: 2, lostNs: 5e8, reasons: ['ring_full'] }],
        isCutShort: true,
      }),
    );
    expect(text).toContain('3.00 s of the client: the client stamped tokens late');
    expect(text).toContain('500 ms of GPU 3 of host-1 (H100, GPU-3): ring_full');
    expect(text).toContain('what came after the trace was cut short');
  });

  it.each([60, 80, 200])('fits a terminal of %i columns', (columns) => {
    const text = whole(withClaim(), columns);
    const tooLong = text.split('\n').filter((line) => line.length > columns);
    expect(tooLong).toEqual([]);
    expect(text).toMatch(/e0001 +1\.100 .*power_cap/);
  });

  it('has nothing to explain of a run in time', () => {
    const text = whole(stalledRun([]));
    expect(text).toContain('no deadline missed over 4 requests');
    expect(text).not.toMatch(/Episodes|Could not|Clocks/);
  });
});

describe('the short form', () => {
  it('has cause, place, confidence, cost and advice of what cost most', () => {
    const text = wordsOf(brief(withClaim()));
    expect(text).toContain('a software power cap on GPU 3 of host-1');
    expect(text).toContain('(power_cap, confidence 0.88)');
    expect(text).toContain('instead of 0.');
    expect(text).toContain(`do this: ${ADVICE}`);
    expect(text).toContain('not judged without a GPU agent');
  });

  it('sums up what comes after the third finding', () => {
    const diagnosis = withClaim();
    const [finding] = diagnosis.findings;
    if (finding === undefined) throw new Error('Expected a finding but received none');
    const findings = CAUSES.slice(0, 5).map((cause) => ({ ...finding, cause, missedRatio: 0.2 }));
    const text = wordsOf(brief({ ...diagnosis, findings }));
    expect(text).toContain(`40 % have other causes: ${CAUSES[3]}, ${CAUSES[4]}`);
  });

  it('says that no deadline was missed, and nothing where there was none to miss', () => {
    expect(wordsOf(brief(stalledRun([])))).toBe('Diagnosis no deadline was missed ');
    expect(brief({ ...stalledRun([]), fluidityIndex: undefined })).toBe('');
  });
});
