import type { Cause } from '@fluidscope/trace-schema';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { FluidscopeProcess, startSim } from './fluidscope-process.js';
import { areGpusSimulated, startSimulatedHost } from './simulated-host.js';

/** What each run plays, but for its fault: prompts that keep two GPUs busy. */
const SCENARIO = `
name: e2e
duration: 30s
deadlines: { ttft: 500ms, tbt: 28ms }
engine: { profile: a100-llama3-8b, max_num_batched_tokens: 512, max_model_len: 32768, prefix_caching: false }
gpus: { board: a100, per_replica: 2 }
load: { arrivals: { kind: poisson, rate: 4 }, prompt_tokens: 600, output_tokens: 100 }
`;
const LOAD = ['--request-rate', '4', '--isl', '600', '--osl', '100', '--ignore-eos'];

/**
 * The GPUs are simulated and the machine is real: where it really was short of CPU, or the client really late, its own counters and stamps say
 * so, and a diagnosis that says it is right. Every other cause beside the fault's is a wrong name.
 */
const TRUE_OF_A_BUSY_MACHINE: readonly Cause[] = ['unknown', 'client_lag', 'cpu_starvation', 'vm_steal'];
/** A server that was later than this with many tokens did not play the scenario that it was given. */
const LATE_NS = 20_000_000;
const MOST_LATE_RATIO = 0.02;
const MOST_WRONG_RATIO = 0.1;
const TIMES = { timeout: 120_000 };

interface DiagnosisJson {
  readonly missed_deadlines: number;
  readonly findings: readonly {
    readonly cause: Cause;
    readonly missed_ratio: number;
    readonly masked_missed_deadlines: number;
    readonly missed_deadlines: number;
    readonly fluidity_index_without: number | null;
    readonly sources: readonly string[];
  }[];
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fluidscope-diagnosis-'));
  onTestFinished(() => rm(folder, { recursive: true }));
});

interface Played {
  readonly diagnosis: DiagnosisJson;
  /** The share of tokens that the simulated server wrote late, by its own log. */
  readonly lateRatio: number;
}

/** Loads a simulated host that plays `faults`, and takes the diagnosis that the run ends with. */
async function play(faults: string, flags: readonly string[]): Promise<Played> {
  const scenario = join(folder, 'scenario.yaml');
  await writeFile(scenario, `${SCENARIO}${faults}`);
  const host = await startSimulatedHost({ folder, scenario });
  const diagnosis = await withHost(host, ({ simUrl, agentUrl }) =>
    runAgainst(simUrl, [...LOAD, '--agent', agentUrl, ...flags]),
  );
  return { diagnosis, lateRatio: await lateRatioOf(host.truthFile) };
}

/** What it logs is complete when it has ended. */
async function withHost<Host extends AsyncDisposable, Result>(
  started: Host,
  work: (host: Host) => Promise<Result>,
): Promise<Result> {
  await using host = started;
  return await work(host);
}

/** Runs a load to its end and takes the diagnosis that it ends with. */
async function runAgainst(
  url: string,
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<DiagnosisJson> {
  const output = ['-o', join(folder, 'run.duckdb'), '--quiet', '--json'];
  const run = new FluidscopeProcess(
    ['run', '-u', url, '-m', 'm', '--server-metrics', 'auto', ...output, ...flags],
    env,
  );
  const { status, stdout, stderr } = await run.finished;
  expect(status, stderr).toBe(0);
  return (JSON.parse(stdout) as { readonly diagnosis: DiagnosisJson }).diagnosis;
}

async function lateRatioOf(truthFile: string): Promise<number> {
  const [header = '', ...lines] = (await readFile(truthFile, 'utf8')).trim().split('\n');
  const [due, written] = ['due_mono_ns', 'write_mono_ns'].map((name) => header.split(',').indexOf(name));
  const late = lines.filter((line) => {
    const cells = line.split(',');
    return BigInt(cells[written ?? -1] ?? 0) - BigInt(cells[due ?? -1] ?? 0) > LATE_NS;
  });
  return late.length / lines.length;
}

/** Nothing to speak of is laid to another cause than these; the findings, for what else there is to say. */
function expectNoWrongName(
  { diagnosis, lateRatio }: Played,
  right: readonly Cause[],
): DiagnosisJson['findings'] {
  const { findings } = diagnosis;
  const shares = findings.map(({ cause, missed_ratio }) => `${cause} ${missed_ratio.toFixed(3)}`).join(', ');
  console.log(`late ${lateRatio.toFixed(4)}; ${diagnosis.missed_deadlines} missed: ${shares}`);
  if (lateRatio >= MOST_LATE_RATIO) {
    console.log('names not checked: the machine was too busy for the server to do what it was asked to do');
    return findings;
  }
  const wrong = findings.filter(
    ({ cause }) => !right.includes(cause) && !TRUE_OF_A_BUSY_MACHINE.includes(cause),
  );
  expect(
    wrong.reduce((sum, { missed_ratio }) => sum + missed_ratio, 0),
    shares,
  ).toBeLessThan(MOST_WRONG_RATIO);
  return findings;
}

function shareOf(findings: DiagnosisJson['findings'], cause: Cause): number {
  return findings.find((finding) => finding.cause === cause)?.missed_ratio ?? 0;
}

describe.skipIf(!areGpusSimulated)('what a run ends with', () => {
  it(
    'names a power cap, the GPU that it is on, and what the run would have been without',
    TIMES,
    async () => {
      const fault = 'faults: [{ kind: power_limit, id: limit, at: 10s, for: 8s, watts: 100, gpu: 1 }]\n';
      const flags = ['--ttft-deadline', '500ms', '--tbt-deadline', '28ms', '--duration', '24s'];
      const played = await play(fault, flags);
      const findings = expectNoWrongName(played, ['power_cap']);
      const cap = findings.find(({ cause }) => cause === 'power_cap');
      for (const source of cap?.sources ?? []) expect(source).toMatch(/2$/);
      if (played.lateRatio < MOST_LATE_RATIO) {
        expect(cap?.missed_ratio).toBeGreaterThan(0.5);
        expect(cap?.fluidity_index_without).toBeGreaterThan(0.97);
      }
    },
  );

  it('finds nothing where there is nothing', TIMES, async () => {
    const flags = ['--ttft-deadline', '5s', '--tbt-deadline', '200ms', '--duration', '8s'];
    const played = await play('', flags);
    expectNoWrongName(played, []);
    if (played.lateRatio === 0) expect(played.diagnosis.findings).toEqual([]);
  });
});

it('blames nobody else for what a blocked client could not see', TIMES, async () => {
  const truthFile = join(folder, 'truth.csv');
  const engine = ['--profile', 'fixed', '--ttft', '50ms', '--tbt', '20ms'];
  const sim = await startSim(...engine, '--model', 'm', '--truth', truthFile);
  const blocking =
    'setInterval(() => { const to = Date.now() + 400; while (Date.now() < to); }, 1500).unref();';
  const flags = ['--stamp-source', 'user', '--concurrency', '6', '--num-requests', '18'];
  const lengths = ['--isl', '64', '--osl', '150', '--ignore-eos'];
  const diagnosis = await withHost(sim, ({ url }) =>
    runAgainst(url, [...flags, ...lengths, '--ttft-deadline', '150ms', '--tbt-deadline', '25ms'], {
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(blocking)}`,
    }),
  );
  const played = { diagnosis, lateRatio: await lateRatioOf(truthFile) };
  const findings = expectNoWrongName(played, []);
  const masked = findings.reduce((sum, finding) => sum + finding.masked_missed_deadlines, 0);
  expect(diagnosis.missed_deadlines).toBeGreaterThan(0);
  if (played.lateRatio < MOST_LATE_RATIO)
    expect(shareOf(findings, 'client_lag') + masked / diagnosis.missed_deadlines).toBeGreaterThan(0.8);
});
