import { HOST_GPU_INDEX } from '@fluidscope/trace-schema';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createNodeTimers } from '../node-timers.js';
import { createRunClock } from '../run-clock.js';
import { RecordedRows } from '../testing/recorded-rows.js';
import { serveAgent } from '../testing/served-agent.js';
import { VirtualTime } from '../testing/virtual-time.js';
import { createAgentsCompanion, type AgentNotice, type AgentsOptions } from './create-agents-companion.js';

function record(urls: readonly string[], given: AgentsOptions = { token: 'secret' }) {
  const rows = new RecordedRows();
  const clock = createRunClock();
  const agents = createAgentsCompanion(urls, given);
  onTestFinished(async () => {
    await agents.stop();
  });
  const start = () => agents.start({ writer: rows, clock, timers: createNodeTimers(clock) });
  return { agents, rows, clock, start };
}

const until = (isTrue: () => boolean) => vi.waitUntil(isTrue, { timeout: 30_000, interval: 5 });

it('records an agent’s samples, probes and fit, and aligns them within the bound', async () => {
  const agent = await serveAgent();
  const { agents, rows, clock, start } = record([agent.url]);
  await start();
  const atNs = agent.sample({ gpuIndex: 0, metricId: 5, value: 300_000 });
  agent.sample({ gpuIndex: HOST_GPU_INDEX, metricId: 1_001, value: 7 });
  agent.sample({ gpuIndex: 0, metricId: 60_000, value: 1 });
  await until(() => rows.sampleBatches.length === 3);
  expect(await agents.stop()).toEqual([]);
  expect(rows.agents).toMatchObject([{ agentIndex: 0, agentId: 'node-1-0a1b2c3d', url: agent.url }]);
  expect(rows.series).toEqual([
    series({ seriesIndex: 0, metric: 'power_instant_mw' }),
    series({ seriesIndex: 1, metric: 'cpu_busy_ns', scope: 'host', gpuUuid: undefined }),
    series({ seriesIndex: 2, metric: 'metric_60000' }),
  ]);
  expect(rows.events).toMatchObject([{ source: 'node-1-0a1b2c3d', kind: 'agent_connected' }]);
  expect(rows.probes.length).toBeGreaterThan(12);
  const last = Math.max(...rows.pieces.map(({ revision }) => revision));
  expect(last).toBeGreaterThan(0);
  const [piece] = rows.pieces.filter(({ revision }) => revision === last);
  const agentNs = rows.sampleBatches[0]?.agentNs[0] ?? NaN;
  const sinceNs = agentNs - (piece?.agentNs ?? NaN);
  const alignedNs = (piece?.runNs ?? NaN) + sinceNs + Math.round(sinceNs * (piece?.skewRatio ?? NaN));
  const trueNs = Number(atNs - clock.startedMonoNs);
  expect(Math.abs(alignedNs - trueNs)).toBeLessThanOrEqual(piece?.boundNs ?? NaN);
  expect(agents.summaries()).toMatchObject([
    { agentId: 'node-1-0a1b2c3d', samplesCount: 3, lossesCount: 0, gpus: [{ uuid: 'GPU-1' }] },
  ]);
});

function series(known: object) {
  return { agentIndex: 0, scope: 'gpu', gpuUuid: 'GPU-1', subId: 0, ...known };
}

it('tells of losses and of a connection that was cut, and goes on', async () => {
  const agent = await serveAgent();
  const { agents, rows, start } = record([agent.url]);
  await start();
  agent.lose(12);
  await until(() => rows.losses.length === 1);
  agent.cut();
  await until(() => rows.events.filter(({ kind }) => kind === 'agent_connected').length === 2);
  agent.sample({ gpuIndex: 0, metricId: 5, value: 1 });
  await until(() => rows.sampleBatches.length === 1);
  const warnings = await agents.stop();
  expect(warnings.map(({ code }) => code)).toEqual(['agent_disconnected', 'agent_samples_lost']);
  expect(rows.losses).toMatchObject([{ source: 'node-1-0a1b2c3d', reason: 'ring_overrun', count: 12 }]);
  expect(agents.summaries()).toMatchObject([{ lostCount: 12, lossesCount: 1 }]);
});

it('says once that an agent is lost and once that it is back, and how much of the run it covers', async () => {
  const notices: string[] = [];
  const onNotice = ({ kind, agentId }: AgentNotice): number => notices.push(`${kind} ${agentId ?? '?'}`);
  const first = await serveAgent();
  const { agents, rows, start, clock } = record([first.url], { token: 'secret', onNotice });
  await start();
  await first.stop();
  await until(() => notices.length === 1);
  // Tried again and refused again meanwhile, without a word.
  const lostNs = clock.nowNs();
  await until(() => clock.nowNs() - lostNs > 400e6);
  const second = await serveAgent(undefined, { port: Number(new URL(first.url).port) });
  await until(() => notices.length === 2);
  second.sample({ gpuIndex: 0, metricId: 5, value: 1 });
  await until(() => rows.losses.length === 1);
  expect(notices).toEqual(['lost node-1-0a1b2c3d', 'back node-1-0a1b2c3d']);
  expect(rows.losses).toMatchObject([{ reason: 'agent_restarted', count: undefined }]);
  await agents.stop();
  const [loss] = rows.losses;
  const [summary] = agents.summaries();
  expect(loss?.toNs).toBeGreaterThan((loss?.fromNs ?? NaN) + 400e6);
  expect(summary?.coverageRatio).toBeGreaterThan(0);
  expect(summary?.coverageRatio).toBeLessThan(0.95);
});

it('counts an agent that never comes back as missing until the end', async () => {
  const agent = await serveAgent();
  const { agents, rows, start } = record([agent.url]);
  await start();
  await agent.stop();
  await until(() => rows.events.some(({ kind }) => kind === 'agent_disconnected'));
  const warnings = await agents.stop();
  expect(warnings.map(({ code }) => code)).toEqual(['agent_disconnected', 'agent_samples_lost']);
  expect(rows.losses).toMatchObject([{ reason: 'agent_unreachable', source: 'node-1-0a1b2c3d' }]);
  expect(agents.summaries()[0]?.coverageRatio).toBeLessThan(1);
});

it('waits for the first probes on the run’s own timers, and not for ever', async () => {
  const agent = await serveAgent(undefined, { hasClock: false });
  const time = new VirtualTime();
  const agents = createAgentsCompanion([agent.url], { token: 'secret' });
  let isStarted = false;
  const started = agents
    .start({ writer: new RecordedRows(), clock: time, timers: time })
    .then(() => (isStarted = true));
  await until(() => time.pendingCount === 1);
  await time.advanceTo(1_999_999_999);
  expect(isStarted).toBe(false);
  await time.advanceTo(2_000_000_000);
  await started;
  expect(await agents.stop()).toMatchObject([{ code: 'agent_clock_unknown' }]);
});

it('does not begin without an agent, with a wrong token, or with one agent twice', async () => {
  const agent = await serveAgent();
  await expect(record(['ws://127.0.0.1:1']).start()).rejects.toMatchObject({ code: 'link.unreachable' });
  await expect(record([agent.url], {}).start()).rejects.toMatchObject({ code: 'link.unauthorised' });
  const twice = record([agent.url, `${agent.url}/`]).start();
  await expect(twice).rejects.toMatchObject({ code: 'harness.same-agent' });
});

it('begins without an agent where it is told to, and says that it never came', async () => {
  const { agents, start } = record(['ws://127.0.0.1:1'], { waitForAgent: true });
  await start();
  expect(await agents.stop()).toMatchObject([{ code: 'agent_disconnected' }]);
  expect(agents.summaries()).toEqual([]);
});
