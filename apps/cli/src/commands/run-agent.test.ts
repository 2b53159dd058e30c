import { startAgent } from '@fluidscope/agent';
import { startLlmSim } from '@fluidscope/llm-sim';
import { openTraceReader } from '@fluidscope/trace-store';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished, vi } from 'vitest';
import { runInMemory } from '../testing/run-in-memory.js';

async function setUp(): Promise<{ readonly tracePath: string; readonly args: readonly string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'fluidscope-run-agent-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const sim = await startLlmSim({ engine: { kind: 'fixed', ttftNs: 30_000_000, tbtNs: 5_000_000 } });
  onTestFinished(() => sim.close());
  const tracePath = join(folder, 'run.duckdb');
  const load = ['--num-requests', '4', '--isl', '16', '--osl', '20', '--ignore-eos'];
  return { tracePath, args: ['run', '-u', sim.url, '-m', sim.model, '-o', tracePath, '--json', ...load] };
}

it('puts an agent’s samples beside the tokens, on one clock, and says so', { timeout: 60_000 }, async () => {
  const { tracePath, args } = await setUp();
  const agent = await startAgent({ listen: { host: '127.0.0.1', port: 0 } });
  onTestFinished(() => agent.close());
  const { status, stdout } = await runInMemory([...args, '--agent', agent.url.replace('http', 'ws')]);
  expect(status).toBe(0);
  const [shown] = (JSON.parse(stdout) as { agents: readonly { agent_id: string; samples_count: number }[] })
    .agents;
  expect(shown?.samples_count).toBeGreaterThan(0);
  const reader = await openTraceReader(tracePath);
  try {
    const { startedMonoNs, end } = await reader.run();
    const busy = await reader.sampleSeries({ scope: 'host', metrics: ['cpu_busy_ns'] });
    expect(busy.length).toBeGreaterThan(0);
    for (const { agentId, timeNs } of busy) {
      expect(agentId).toBe(shown?.agent_id);
      expect(timeNs.at(-1)).toBeLessThanOrEqual(end?.endedNs ?? NaN);
    }
    // One machine, one CLOCK_MONOTONIC behind both: the true offset is 0.
    const offsets = await reader.clockOffsets();
    expect(offsets.length).toBeGreaterThan(0);
    expect(startedMonoNs).toBeGreaterThan(0n);
    for (const { offsetNs, boundNs } of offsets) {
      expect(Math.abs(Number(offsetNs))).toBeLessThanOrEqual(boundNs);
    }
  } finally {
    await reader.close();
  }
});

it('fails at once, with the reason, where the agent does not answer', async () => {
  const { args } = await setUp();
  const { status, stderr } = await runInMemory([...args, '--agent', 'ws://127.0.0.1:1']);
  expect(status).toBe(1);
  expect(stderr).toContain('Expected an agent at ws://127.0.0.1:1 but could not connect');
  expect(stderr).toContain('hint: Start it with fluidscope agent');
});

it(
  'goes on without an agent that is lost, says it once, and records how much is missing',
  { timeout: 60_000 },
  async () => {
    const { tracePath, args } = await setUp();
    const agent = await startAgent({ listen: { host: '127.0.0.1', port: 0 } });
    const isRead = async (): Promise<boolean> =>
      (await (await fetch(`${agent.url}/metrics`)).text()).includes('fluidscope_agent_subscribers 1');
    const running = runInMemory([
      ...args,
      '--num-requests',
      '40',
      '--request-rate',
      '10',
      '--agent',
      agent.url,
    ]);
    await vi.waitUntil(isRead, { timeout: 30_000, interval: 100 });
    await agent.close();
    const { status, stdout, stderr } = await running;
    expect(status).toBe(0);
    expect(stderr.match(/warning: agent .* is lost: .*; the run goes on, and tries again/g)).toHaveLength(1);
    const shown = JSON.parse(stdout) as {
      agents: readonly { coverage_ratio: number; losses_count: number }[];
      warnings: readonly string[];
    };
    expect(shown.agents[0]?.coverage_ratio).toBeLessThan(0.9);
    expect(shown.warnings.join()).toMatch(/the connection to agent .* was lost/);
    const reader = await openTraceReader(tracePath);
    try {
      expect(await reader.losses()).toMatchObject([{ reason: 'agent_unreachable' }]);
    } finally {
      await reader.close();
    }
  },
);

const TLS_FOLDER = new URL('../../../../packages/telemetry-link/src/testing/tls/', import.meta.url);
const TOKEN = 'correct-horse-battery-staple';

it(
  'records an agent over TLS with a private authority, and refuses it without',
  { timeout: 60_000 },
  async () => {
    const { tracePath, args } = await setUp();
    const pem = (name: string): string => readFileSync(new URL(`${name}.pem`, TLS_FOLDER), 'utf8');
    const agent = await startAgent({
      listen: { host: '127.0.0.1', port: 0 },
      token: TOKEN,
      tls: { certPem: pem('server-cert'), keyPem: pem('server-key') },
    });
    onTestFinished(() => agent.close());
    const tokenFile = `${tracePath}.token`;
    writeFileSync(tokenFile, TOKEN);
    const secret = ['--agent', agent.url, '--agent-token-file', tokenFile];
    const untrusted = await runInMemory([...args, ...secret]);
    expect(untrusted.status).toBe(1);
    expect(untrusted.stderr).toMatch(/could not connect: .*certificate[^]*hint: .*--agent-ca FILE/);
    const ca = fileURLToPath(new URL('authority.pem', TLS_FOLDER));
    const trusted = await runInMemory([...args, '--overwrite', ...secret, '--agent-ca', ca]);
    expect(trusted.status).toBe(0);
    const { agents } = JSON.parse(trusted.stdout) as {
      agents: readonly { samples_count: number; url: string }[];
    };
    expect(agents[0]?.url).toMatch(/^wss:/);
    expect(agents[0]?.samples_count).toBeGreaterThan(0);
  },
);
