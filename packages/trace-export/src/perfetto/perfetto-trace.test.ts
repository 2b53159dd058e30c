import type { TraceReader } from '@fluidscope/trace-schema';
import { runNs } from '@fluidscope/units';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readPerfetto, type ReadTrace } from '../testing/read-perfetto.js';
import { scenarioTrace } from '../testing/scenario-trace.js';
import { JoinedSpans } from './joined-spans.js';
import { lanesOf } from './lanes.js';
import { perfettoTrace } from './perfetto-trace.js';

const HOSTILE = '"}]\u0000<script>\u2028';

let reader: TraceReader;
let trace: ReadTrace;

beforeAll(async () => {
  reader = await scenarioTrace((writer) => {
    writer.appendEvents([
      { source: 'gpu-host/nvml', kind: 'xid', timeNs: runNs(1_500), detail: { xid: 79, text: HOSTILE } },
      { source: 'client', kind: 'set_up', timeNs: runNs(-20), detail: null },
    ]);
    writer.appendLosses([
      { source: 'server', fromNs: runNs(5), toNs: runNs(90), count: undefined, reason: 'timeout' },
      { source: 'agent', fromNs: runNs(50), toNs: runNs(70), count: 3, reason: 'ring_overrun' },
    ]);
  });
  trace = readPerfetto(await wholeTrace(reader));
});

async function wholeTrace(from: TraceReader): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of perfettoTrace(from)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The names of a track and of those above it. */
function pathOf(uuid: number | undefined): string {
  const track = uuid === undefined ? undefined : trace.tracks.get(uuid);
  return track === undefined ? '' : `${pathOf(track.parentUuid)}/${track.name}`;
}

describe('requests and tokens', () => {
  it('are slices: one a request, one a chunk that carried tokens, each as long as its wait', async () => {
    const rows = await reader.requests();
    const arrivals = new Map<string, number[]>();
    for await (const { length, requestIndex, tokenCount, arrivalNs } of reader.chunks())
      for (let index = 0; index < length; index += 1) {
        if ((tokenCount[index] ?? 0) === 0) continue;
        const id = rows.find((row) => row.requestIndex === requestIndex[index])?.requestId ?? '';
        arrivals.set(id, [...(arrivals.get(id) ?? []), arrivalNs[index] ?? NaN]);
      }
    const requests = trace.slices.filter(({ name }) => name.startsWith('r0'));
    expect(requests.map(({ name }) => name).toSorted()).toEqual(rows.map(({ requestId }) => requestId));
    for (const { requestId, intendedNs, sentNs, endedNs, ttftNs } of rows) {
      const request = requests.find(({ name }) => name === requestId);
      expect(request).toMatchObject({
        fromNs: intendedNs,
        toNs: endedNs,
        depth: 0,
        args: { ttft_ns: ttftNs },
      });
      const tokens = trace.slices.filter(
        ({ name, track, fromNs, toNs }) =>
          (name === 'token' || name === 'first token') &&
          track === request?.track &&
          fromNs >= intendedNs &&
          toNs <= (endedNs ?? 0),
      );
      const expected = arrivals.get(requestId) ?? [];
      expect(tokens.map(({ toNs }) => toNs)).toEqual(expected);
      expect(tokens.map(({ fromNs }) => fromNs)).toEqual([sentNs, ...expected.slice(0, -1)]);
      expect(tokens.every(({ depth }) => depth === 1)).toBe(true);
    }
  });

  it('have every missed deadline as an instant on the request’s own track', async () => {
    const misses = [];
    for await (const batch of reader.deadlineMisses()) misses.push(...batch);
    expect(misses.length).toBeGreaterThan(1);
    const instants = trace.events.filter(({ name }) => name === 'deadline missed');
    expect(instants.map(({ args }) => args['late_ns'])).toEqual(
      misses.toSorted((a, b) => a.arrivalNs - b.arrivalNs).map(({ arrivalNs, dueNs }) => arrivalNs - dueNs),
    );
    for (const { track } of instants) expect(pathOf(track)).toMatch(/\/Requests\/requests \d+$/);
  });

  it('that never ended last as long as the run, those that were never sent have their wait', async () => {
    const start = {
      phase: 'measured',
      promptTokens: 3,
      promptTokensSource: undefined,
      workerIndex: 0,
    } as const;
    const cut = await scenarioTrace((writer) => {
      const row = { ...start, requestIndex: 9_999, intendedNs: runNs(7), maxOutputTokens: undefined };
      writer.appendRequestStarts([{ ...row, sentNs: undefined }]);
    });
    const { slices } = readPerfetto(await wholeTrace(cut));
    const run = slices.find(({ name }) => name === 'run');
    expect(slices.find(({ name }) => name === 'r009999')).toMatchObject({ fromNs: 7, toNs: run?.toNs });
  });
});

describe('what was measured beside them', () => {
  it('is a counter a metric, with its unit, under its GPU', async () => {
    const [series] = await reader.sampleSeries({ scope: 'gpu', metrics: ['sm_clock_mhz'] });
    const counter = [...trace.tracks.values()].find(
      ({ uuid, name }) => name === 'sm_clock_mhz' && pathOf(uuid).includes(series?.gpuUuid ?? 'none'),
    );
    expect(counter?.unit).toBe('MHz');
    const written = trace.events.filter(({ track }) => track === counter?.uuid);
    // A counter holds: what each instant reads is what was sampled.
    const times = Array.from(series?.timeNs ?? []);
    const read = times.map((atNs) => written.findLast((event) => event.atNs <= Math.round(atNs))?.value);
    expect(read).toEqual(Array.from(series?.value ?? []));
    expect(written.at(-1)?.atNs).toBe(Math.round(times.at(-1) ?? NaN));
    expect(written.length).toBeLessThan(times.length);
  });

  it('has the host’s pressure, the engine’s queue and the bound of the agent’s clock', () => {
    const paths = [...trace.tracks.keys()].map(pathOf);
    for (const name of ['requests_running_count', 'clock_bound_ns', 'pressure_cpu_some_us'])
      expect(paths.some((path) => path.endsWith(`/${name}`))).toBe(true);
  });

  it('has events as instants and losses as slices, side by side where they overlap', () => {
    const xid = trace.events.find(({ name }) => name === 'xid');
    expect(xid).toMatchObject({ type: 'instant', atNs: 1_500, args: { xid: 79, text: HOSTILE } });
    const losses = trace.slices.filter(({ name }) => name.startsWith('lost: '));
    expect(losses.map(({ name, fromNs, toNs }) => [name, fromNs, toNs])).toEqual([
      ['lost: ring_overrun', 50, 70],
      ['lost: timeout', 5, 90],
    ]);
    expect(losses.map(({ depth }) => depth)).toEqual([0, 0]);
  });

  it('writes what came before the run’s start at its start, and says when it was', () => {
    const event = trace.events.find(({ name }) => name === 'set_up');
    expect(event).toMatchObject({ atNs: 0, args: { run_time_ns: -20 } });
  });
});

it('shows recorded episodes with cause, evidence and cost, and windows that cannot be judged', async () => {
  const base = await scenarioTrace(undefined, { tbt_deadline_ns: 10_000_000 });
  const seen = new Proxy(base, {
    get(target, name) {
      if (name === 'episodes') return () => Promise.resolve([EPISODE]);
      if (name === 'chunks') return () => lateStamps(target);
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
  const { slices } = readPerfetto(await wholeTrace(seen));
  expect(slices.find(({ name }) => name === 'power_cap')).toMatchObject({
    fromNs: 1_000,
    toNs: 2_000,
    args: { confidence: 0.9, missed_deadlines: 7, evidence: 'at 120 % of its limit', source: 'host/GPU-0' },
  });
  expect(
    slices.filter(({ name }) => name === 'cannot be judged: the client was late').length,
  ).toBeGreaterThan(0);
});

const EPISODE = {
  episodeId: 'e0001',
  startNs: runNs(1_000),
  endNs: runNs(2_000),
  scope: 'engine',
  cause: 'power_cap',
  confidence: 0.9,
  tier: 'A',
  missedCount: 7,
  evidence: { claims: [{ cause: 'power_cap', source: 'host/GPU-0', evidence: 'at 120 % of its limit' }] },
} as const;

/** Every stamp known to within half a second only. */
async function* lateStamps(
  from: TraceReader,
): ReturnType<TraceReader['chunks']> extends AsyncIterable<infer T> ? AsyncGenerator<T> : never {
  for await (const chunks of from.chunks()) yield { ...chunks, errorNs: chunks.errorNs.map(() => 5e8) };
}

const stretches = fc
  .array(fc.record({ fromNs: fc.nat(50), length: fc.nat(20) }), { maxLength: 40 })
  .map((list) =>
    list
      .map(({ fromNs, length }) => ({ fromNs, toNs: fromNs + length }))
      .toSorted((a, b) => a.fromNs - b.fromNs),
  );

it('puts stretches on as many lanes as overlap at once, none beside another on one lane', () => {
  fc.assert(
    fc.property(stretches, (given) => {
      const lanes = lanesOf(given);
      given.forEach((one, index) => {
        given.slice(index + 1).forEach((other, offset) => {
          if (lanes[index] !== lanes[index + 1 + offset]) return;
          expect(other.fromNs).toBeGreaterThan(one.toNs);
        });
      });
      const atOnce = given.map(
        ({ fromNs }) => given.filter((s) => s.fromNs <= fromNs && s.toNs >= fromNs).length,
      );
      expect(new Set(lanes).size).toBe(Math.max(0, ...atOnce));
    }),
  );
});

it('joins spans as they come to what joining all at once gives', () => {
  const spans = fc.array(fc.tuple(fc.nat(2_000_000_000), fc.nat(300_000_000)), { maxLength: 30 });
  fc.assert(
    fc.property(spans, (given) => {
      const joined = new JoinedSpans();
      for (const [fromNs, length] of given) joined.add(fromNs, fromNs + length);
      const all = joined.all();
      for (const [index, span] of all.entries())
        expect(span.fromNs - (all[index - 1]?.toNs ?? -Infinity)).toBeGreaterThan(100_000_000);
      for (const [fromNs, length] of given)
        expect(all.some((span) => span.fromNs <= fromNs && span.toNs >= fromNs + length)).toBe(true);
    }),
  );
});
