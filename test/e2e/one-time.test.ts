import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FluidscopeProcess } from './fluidscope-process.js';
import { SCORED_METRICS, scoreSamples, type SampleScore } from './gpu-truth.js';
import { findInTrace, serverLateNs, type FoundInTrace, type Span } from './one-instant.js';
import {
  areGpusSimulated,
  startSimulatedHost,
  type SimulatedHost,
  type TimedFault,
} from './simulated-host.js';
import { canSeparate, CLOCK_AHEAD_S, separateHost, type SeparateHost } from './separate-host.js';

const STREAMS = 8;
const PAUSE_MS = 1_200;
const PAUSE_NS = PAUSE_MS * 1_000_000;
const OUT_MS = 3;
const BACK_MS = 9;
/** The relay is a timer in a process that shares the cores with all the others: what it lets through is later than it was told to. */
const RELAY_LATE_NS = 50_000_000;
const SETTLE_MS = 2_000;
/** A lost packet comes again after TCP's least retransmission time, 200 ms, and twice that when it is lost again. */
const LOST_PACKET_NS = 600_000_000;

const FAULTS: readonly TimedFault[] = [
  { afterMs: SETTLE_MS, fault: { kind: 'engine_pause', ms: PAUSE_MS } },
  { afterMs: PAUSE_MS + SETTLE_MS, fault: { kind: 'power_limit', gpu: 1, watts: 500 } },
];

interface Recorded {
  readonly tracePath: string;
  readonly truthFile: string;
  readonly gpuTruth: string;
  readonly pausedMonoNs: bigint;
  readonly limitedMonoNs: bigint;
}

interface StartedHost {
  readonly host: SimulatedHost;
  /** As the client reaches them. */
  readonly urls: { readonly sim: string; readonly agent: string };
}

/** A run against a simulated host, with an engine pause and a lower power limit in it. Everything has ended when it returns. */
async function record(place?: SeparateHost): Promise<Recorded> {
  const folder = await mkdtemp(join(tmpdir(), 'fluidscope-one-time-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const tracePath = join(folder, 'run.duckdb');
  const { urls, ...started } = await startHost(folder, place);
  await using host = started.host;
  const run = new FluidscopeProcess(
    [
      ...['run', '-u', urls.sim, '-m', 'm', '--agent', urls.agent, '-o', tracePath, '--quiet'],
      ...['--concurrency', String(STREAMS), '--num-requests', String(STREAMS)],
      ...['--isl', '64', '--osl', '1300', '--ignore-eos'],
    ],
    {},
    place?.clientWithin,
  );
  const injected = host.inject(STREAMS, FAULTS);
  injected.catch(() => run.kill('SIGINT'));
  const ended = await run.finished;
  expect(ended.status, ended.stderr).toBe(0);
  const [pausedMonoNs = 0n, limitedMonoNs = 0n] = await injected;
  const logged = (await readFile(host.faultLog, 'utf8')).trim().split('\n');
  expect(logged.map((line) => (JSON.parse(line) as { mono_ns: string }).mono_ns)).toEqual(
    [pausedMonoNs, limitedMonoNs].map(String),
  );
  const { truthFile, gpuTruth } = host;
  return { tracePath, truthFile, gpuTruth, pausedMonoNs, limitedMonoNs };
}

async function startHost(folder: string, place: SeparateHost | undefined): Promise<StartedHost> {
  if (place === undefined) {
    const host = await startSimulatedHost({ folder });
    return { host, urls: { sim: host.simUrl, agent: host.agentUrl } };
  }
  const ports = { sim: 8000, agent: 7420 };
  const host = await startSimulatedHost({ folder, within: place.hostWithin, ports });
  const delays = { outMs: OUT_MS, backMs: BACK_MS };
  const urls = {
    sim: await place.relayTo(ports.sim, delays),
    agent: (await place.relayTo(ports.agent, delays)).replace('http', 'ws'),
  };
  return { host, urls };
}

interface Truth {
  /** In the run's time, known apart from the trace's own alignment. */
  readonly pausedNs: number;
  readonly resumedNs: number;
  readonly limitedNs: number;
}

function truthOf({ pausedMonoNs, limitedMonoNs }: Recorded, originMonoNs: bigint): Truth {
  const pausedNs = Number(pausedMonoNs - originMonoNs);
  return { pausedNs, resumedNs: pausedNs + PAUSE_NS, limitedNs: Number(limitedMonoNs - originMonoNs) };
}

/** One instant, one time: each thing is found around its logged instant, and the tokens' and the GPUs' finds meet. */
function expectOneTime(found: FoundInTrace, truth: Truth): void {
  console.log(summaryOf(found, truth));
  expect(found.stalledStreams).toBe(STREAMS);
  expect(found.gpus).toHaveLength(2);
  expectWithin(truth.pausedNs, found.stallBegan);
  expectWithin(truth.resumedNs, found.stallEnded);
  for (const { powerFell, powerRose } of found.gpus) {
    expectWithin(truth.pausedNs, powerFell);
    expectWithin(truth.resumedNs, powerRose);
    expect(areTogether(powerFell, found.stallBegan)).toBe(true);
    expect(areTogether(powerRose, found.stallEnded)).toBe(true);
    // The spans are narrow enough to tell the pause's begin from its end.
    expect(areTogether(powerFell, found.stallEnded)).toBe(false);
    expect(areTogether(powerRose, found.stallBegan)).toBe(false);
  }
  // The second of the GPUs in the order of their UUIDs, which is the simulator's own.
  expect(found.limits.map(({ uuid }) => uuid)).toEqual([found.gpus[1]?.uuid]);
  for (const { limitFell } of found.limits) expectWithin(truth.limitedNs, limitFell);
}

function expectWithin(atNs: number, span: Span): void {
  expect(span.toNs).toBeGreaterThan(span.fromNs);
  expect([atNs >= span.fromNs, atNs <= span.toNs], `${atNs} in ${JSON.stringify(span)}`).toEqual([
    true,
    true,
  ]);
}

function areTogether(left: Span, right: Span): boolean {
  return left.fromNs <= right.toNs && right.fromNs <= left.toNs;
}

/** What the GPUs' sensors showed is what the GPUs did; a reading or two may have waited for a simulator that was late. */
function expectTrueSamples(scores: readonly SampleScore[]): void {
  console.log(
    scores.map(({ metric, samples, within }) => `  ${metric}: ${within} of ${samples} true`).join('\n'),
  );
  expect(scores.map(({ metric }) => metric)).toEqual([...SCORED_METRICS].toSorted());
  for (const { metric, samples, within } of scores) {
    expect(samples).toBeGreaterThan(10);
    expect(within / samples, metric).toBeGreaterThan(0.99);
  }
}

/** What `docs/validation.md` quotes: where each span lies around the logged instant. */
function summaryOf(
  { stallBegan, stallEnded, gpus, limits, clockBoundNs }: FoundInTrace,
  truth: Truth,
): string {
  const around = ({ fromNs, toNs }: Span, atNs: number): string =>
    `${((fromNs - atNs) / 1e6).toFixed(1)} to ${((toNs - atNs) / 1e6).toFixed(1)} ms`;
  return [
    `clock bound ${(clockBoundNs / 1e3).toFixed(0)} us; around the logged instant lie:`,
    `  tokens stop ${around(stallBegan, truth.pausedNs)}, go on ${around(stallEnded, truth.resumedNs)}`,
    ...gpus.map(
      ({ powerFell, powerRose }) =>
        `  power falls ${around(powerFell, truth.pausedNs)}, rises ${around(powerRose, truth.resumedNs)}`,
    ),
    ...limits.map(({ limitFell }) => `  power limit falls ${around(limitFell, truth.limitedNs)}`),
  ].join('\n');
}

it.skipIf(!areGpusSimulated)('finds one instant at one time on one machine', async () => {
  const recorded = await record();
  const found = await find(recorded, 0);
  expectOneTime(found, truthOf(recorded, found.startedMonoNs));
  expectTrueSamples(await scoreSamples(recorded.tracePath, recorded.gpuTruth));
  expect(Math.abs(Number(found.offset.offsetNs))).toBeLessThanOrEqual(found.offset.boundNs);
});

describe.skipIf(!areGpusSimulated)('across two hosts whose clocks are far apart', () => {
  it.skipIf(!canSeparate.networks)('finds it through a slow and lopsided network', async () => {
    await using place = separateHost();
    const found = await expectOneTimeAcross(place, 0);
    // What was injected is there: neither way can be faster, and half of their sum is the least that can be proved.
    expect(found.offset.boundNs).toBeGreaterThan(((OUT_MS + BACK_MS) / 2) * 1_000_000);
  });

  it.skipIf(!canSeparate.loss)('finds it while packets are lost as well', async () => {
    await using place = separateHost({ lossPct: 2 });
    await expectOneTimeAcross(place, LOST_PACKET_NS);
    expect(place.droppedCount()).toBeGreaterThan(0);
  });
});

async function expectOneTimeAcross(place: SeparateHost, lossNs: number): Promise<FoundInTrace> {
  const recorded = await record(place);
  const found = await find(recorded, BACK_MS * 1_000_000 + RELAY_LATE_NS + lossNs);
  const aheadNs = BigInt(CLOCK_AHEAD_S) * 1_000_000_000n;
  expectOneTime(found, truthOf(recorded, found.startedMonoNs + aheadNs));
  const errorNs = Number(found.offset.offsetNs - aheadNs);
  console.log(`  clock offset ${(errorNs / 1e6).toFixed(2)} ms off the true one`);
  expect(Math.abs(errorNs)).toBeLessThanOrEqual(found.offset.boundNs);
  return found;
}

function find({ tracePath, truthFile, pausedMonoNs }: Recorded, wayNs: number): Promise<FoundInTrace> {
  const instants = [pausedMonoNs, pausedMonoNs + BigInt(PAUSE_NS)];
  return findInTrace(tracePath, { wayNs, serverLateNs: serverLateNs(truthFile, instants) });
}
