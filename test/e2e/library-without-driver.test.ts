import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { attachTrace } from './attached-trace.js';
import { FluidscopeProcess, startSim, type Finished } from './fluidscope-process.js';

/** NVIDIA's own, where it was fetched; no library of ours says anything of what that one does. */
const library = findLibrary();
const isWithoutDriver = library !== undefined && !existsSync('/proc/driver/nvidia/version');
if (library === undefined)
  console.log("not run: NVIDIA's library is not here (node test/e2e/fetch-nvml-library.mjs)");
else if (!isWithoutDriver) console.log("not run: NVIDIA's driver is loaded here");

interface Described {
  readonly gpu_source: { readonly state: string };
  readonly gpus: unknown;
  readonly host: { readonly metrics: readonly { readonly metric: string }[] };
}

const WAITED = { timeout: 30_000, interval: 100 };

describe.skipIf(!isWithoutDriver)("NVIDIA's library without its driver", () => {
  const env = { FLUIDSCOPE_NVML_LIBRARY: library ?? '' };
  let folder: string;
  let agent: FluidscopeProcess;
  let url: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fluidscope-no-driver-'));
    agent = new FluidscopeProcess(
      ['agent', '--listen', '127.0.0.1:0', '--no-nvidia-smi', '--json', '--quiet'],
      env,
    );
    [url] = await agent.printed(/http:\/\/[\d.:]+/);
  });
  afterAll(async () => {
    agent.kill('SIGTERM');
    const ended = await agent.finished;
    await rm(folder, { recursive: true });
    expect(ended.status, ended.stderr).toBe(0);
  });

  it('is what the agent says in /v1/describe, and the host is described all the same', async () => {
    const described = await vi.waitFor(async () => {
      const answer = (await (await fetch(`${url}/v1/describe`)).json()) as Described;
      expect(answer.gpu_source.state).not.toBe('starting');
      return answer;
    }, WAITED);
    expect(described.gpu_source).toMatchObject({
      kind: 'nvml',
      state: 'driver_not_loaded',
      library,
      detail: expect.stringContaining('its kernel driver is not loaded') as string,
    });
    expect(described.gpus).toEqual([]);
    expect(described.host.metrics.map(({ metric }) => metric)).toContain('cpu_busy_ns');
  });

  it('is what watch and doctor say, each with what to do', async () => {
    const watch = await fluidscope('watch', '--agent', url, '--once');
    expect(watch.status, watch.stderr).toBe(0);
    expect(watch.stdout).toMatch(/driver_not_loaded: .*kernel driver is not loaded: check lsmod/);
    expect(watch.stdout).toMatch(/^no GPU$/m);
    expect(watch.stdout).toMatch(/^host: load [\d.]+/m);
    const doctor = await fluidscope('doctor', '--json');
    const { findings } = JSON.parse(doctor.stdout) as {
      findings: readonly Readonly<Record<string, string>>[];
    };
    const nvml = findings.find(({ topic }) => topic === 'nvml');
    expect(nvml).toMatchObject({ state: 'missing' });
    expect(nvml?.['found']).toContain('the library is there, the kernel driver is not loaded');
    expect(nvml?.['advice']).toContain('modprobe nvidia');
  });

  it('leaves a run its host rows', async () => {
    const path = join(folder, 'run.duckdb');
    await using sim = await startSim('--profile', 'fixed', '--ttft', '50ms', '--tbt', '20ms');
    const ended = await fluidscope(
      ...['run', '-u', sim.url, '-m', sim.model, '--agent', url.replace('http', 'ws'), '-o', path],
      ...['--num-requests', '2', '--isl', '16', '--osl', '40', '--ignore-eos', '--quiet'],
    );
    expect(ended.status, ended.stderr).toBe(0);
    const trace = await attachTrace(path);
    const [seen] = await trace.rows<Record<string, bigint>>(`
      SELECT (SELECT count(*) FROM gpu_samples) AS gpu,
        (SELECT count(*) FROM host_samples WHERE agent_id <> 'client' AND metric = 'cpu_busy_ns'
          AND t_ns BETWEEN (SELECT min(sent_ns) FROM requests) AND (SELECT max(ended_ns) FROM requests)) AS host`);
    trace.close();
    expect(seen?.['gpu']).toBe(0n);
    expect(seen?.['host']).toBeGreaterThan(0n);
  });

  function fluidscope(...args: readonly string[]): Promise<Finished> {
    return new FluidscopeProcess(args, env).finished;
  }
});

function findLibrary(): string | undefined {
  const folder = fileURLToPath(new URL('.cache/nvml-library', import.meta.url));
  if (!existsSync(folder)) return undefined;
  const name = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((each) =>
    each.endsWith('libnvidia-ml.so.1'),
  );
  return name === undefined ? undefined : join(folder, name);
}
