import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { connected, recordLink, until } from './testing/recorded-link.js';
import { ORIGIN, startAgent } from './testing/running-agent.js';
import { sampleRow } from './testing/sample-rows.js';
import { DESCRIPTION } from './testing/scripted-source.js';

function withSourceState(state: string): typeof DESCRIPTION {
  return { ...DESCRIPTION, gpu_source: { ...DESCRIPTION.gpu_source, state } };
}

/** A reader that has not subscribed, and what it is sent, message by message. */
async function helloOnly(url: string): Promise<{ socket: WebSocket; takeText: () => Promise<unknown> }> {
  const socket = new WebSocket(`${url}/v1/stream`);
  const messages: string[] = [];
  socket.on('message', (data: Buffer) => messages.push(data.toString()));
  await new Promise((resolve) => socket.once('open', resolve));
  const takeText = async (): Promise<unknown> => {
    await until(() => messages.length > 0);
    return JSON.parse(messages.shift() ?? '') as unknown;
  };
  return { socket, takeText };
}

describe('a connected reader', () => {
  it('gets samples, events and losses, in order, with times of the agent', async () => {
    const agent = await startAgent();
    const { link, rows, events, losses } = await connected(agent.url);
    expect(await link.ready).toMatchObject({ agentId: DESCRIPTION.agent_id, description: DESCRIPTION });
    const { originMonoNs } = await link.ready;
    const shiftNs = Number(ORIGIN - originMonoNs);
    agent.source.give([
      { beforeNs: 10, value: 1 },
      { beforeNs: 20, value: 2.5, sensorNs: 5, flags: 9 },
    ]);
    agent.source.say({ kind: 'xid', monoNs: ORIGIN + 30n, source: 'sampler', detail: { data: 79 } });
    agent.source.lose({ reason: 'ring_overrun', count: 7, fromMonoNs: ORIGIN + 40n, toMonoNs: ORIGIN + 50n });
    await until(() => losses.length === 1);
    expect(rows).toEqual([
      sampleRow({ beforeNs: 10 + shiftNs, value: 1 }),
      sampleRow({ beforeNs: 20 + shiftNs, value: 2.5, sensorNs: 5 + shiftNs, flags: 9 }),
    ]);
    expect(events).toEqual([{ kind: 'xid', agentNs: 30 + shiftNs, source: 'sampler', detail: { data: 79 } }]);
    expect(losses).toEqual([
      { reason: 'ring_overrun', count: 7, fromAgentNs: 40 + shiftNs, toAgentNs: 50 + shiftNs },
    ]);
  });

  it('is told of a changed description after an event, once', async () => {
    const agent = await startAgent();
    const { descriptions } = await connected(agent.url);
    agent.source.description = { ...DESCRIPTION, hostname: 'renamed' };
    agent.source.say({ kind: 'calibrated', monoNs: ORIGIN, source: 'sampler', detail: null });
    agent.source.say({ kind: 'gpu_state', monoNs: ORIGIN, source: 'sampler', detail: null });
    await until(() => descriptions.length > 0);
    expect(descriptions).toEqual([{ ...DESCRIPTION, hostname: 'renamed' }]);
  });

  it('is told of what changed between its hello and its subscription, though nobody watched then', async () => {
    const agent = await startAgent();
    agent.source.description = withSourceState('starting');
    const described: unknown[] = [];
    const { socket, takeText } = await helloOnly(agent.url);
    expect(await takeText()).toMatchObject({ description: { gpu_source: { state: 'starting' } } });
    // Nobody follows the stream yet, so the source has no listener and this event reaches no one.
    agent.source.description = withSourceState('ready');
    agent.source.say({ kind: 'state', monoNs: ORIGIN, source: 'sampler', detail: 'ready' });
    socket.send(JSON.stringify({ type: 'subscribe', link_version: 1 }));
    for (let message = 0; message < 2; message++) described.push(await takeText());
    expect(described).toMatchObject([
      { type: 'subscribed' },
      { type: 'description', description: { gpu_source: { state: 'ready' } } },
    ]);
    socket.terminate();
  });

  it('is not told anew for what a call costs', async () => {
    const agent = await startAgent();
    const { descriptions, events } = await connected(agent.url);
    const [gpu] = DESCRIPTION.gpus;
    const metrics = gpu?.metrics.map((metric) => ({ ...metric, call_p99_ns: 1 })) ?? [];
    agent.source.description = { ...DESCRIPTION, gpus: gpu === undefined ? [] : [{ ...gpu, metrics }] };
    agent.source.say({ kind: 'a', monoNs: ORIGIN, source: 'sampler', detail: null });
    await until(() => events.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    agent.source.description = withSourceState('driver_gone');
    agent.source.say({ kind: 'b', monoNs: ORIGIN, source: 'sampler', detail: null });
    await until(() => descriptions.length > 0);
    expect(descriptions).toMatchObject([{ gpu_source: { state: 'driver_gone' } }]);
  });

  it('gets no more than it selected, and resets all the same', async () => {
    const agent = await startAgent();
    const all = await connected(agent.url);
    const some = await connected(agent.url, {
      selection: { metricIds: [5], gpuIndices: [1], maxHz: 10 },
    });
    for (let tick = 0; tick < 100; tick++) {
      const beforeNs = tick * 10_000_000;
      agent.source.give([
        { beforeNs, metricId: 5, gpuIndex: 1, value: tick, flags: tick === 55 ? 3 : 1 },
        { beforeNs, metricId: 5, gpuIndex: 2 },
        { beforeNs, metricId: 1, gpuIndex: 1 },
      ]);
    }
    agent.source.say({ kind: 'end', monoNs: ORIGIN, source: 'test', detail: null });
    await until(() => some.events.length === 1 && all.events.length === 1);
    expect(all.rows).toHaveLength(300);
    expect(some.rows.map(({ value }) => value)).toEqual([0, 9, 18, 27, 36, 45, 54, 55, 63, 72, 81, 90, 99]);
    expect(some.losses).toEqual([]);
  });
});

describe('a reader that was cut off', () => {
  it('resumes without a loss, and shares the stream with one that stayed', async () => {
    const agent = await startAgent();
    const { rows, losses, states } = await connected(agent.url);
    agent.source.give([{ value: 1 }]);
    await until(() => rows.length === 1);
    agent.cut();
    await until(() => agent.server.readersCount === 0);
    agent.source.give([{ value: 2 }]);
    agent.source.give([{ value: 3 }]);
    await until(() => rows.length === 3);
    agent.source.give([{ value: 4 }]);
    await until(() => rows.length === 4);
    expect(rows.map(({ value }) => value)).toEqual([1, 2, 3, 4]);
    expect(losses).toEqual([]);
    expect(states).toMatchObject([
      { kind: 'connected', isResumed: false },
      { kind: 'disconnected', reason: expect.any(String) },
      { kind: 'connected', isResumed: true },
    ]);
  });

  it('is told what the backlog no longer had', async () => {
    const agent = await startAgent({ limits: { backlogBytes: 1_000 } });
    const { rows, losses } = await connected(agent.url);
    agent.source.give([{ value: -1, beforeNs: 3 }]);
    await until(() => rows.length === 1);
    agent.cut();
    await until(() => agent.server.readersCount === 0);
    for (let value = 0; value < 50; value++) agent.source.give([{ value, beforeNs: 100 + value }, { value }]);
    await until(() => losses.length === 1);
    expect(losses[0]).toMatchObject({ reason: 'backlog_exceeded', count: undefined });
    expect(rows.at(-1)?.value).toBe(49);
    expect((rows[1]?.value ?? 0) > 0).toBe(true);
  });

  it('is told of a pause of the stream while nobody read', async () => {
    const agent = await startAgent({ limits: { resumeWindowMs: 1 } });
    const { losses, rows, states } = await connected(agent.url);
    agent.cut();
    await until(() => agent.source.listenersCount === 0);
    await until(() => states.length === 3);
    agent.source.give([{ value: 2 }]);
    await until(() => rows.length === 1);
    expect(losses).toMatchObject([{ reason: 'backlog_exceeded', count: undefined }]);
  });

  it('goes on with an agent that was started anew, and knows the gap', async () => {
    const first = await startAgent();
    const { rows, losses, link } = await connected(first.url);
    const { originMonoNs } = await link.ready;
    first.source.give([{ value: 1, beforeNs: 1_000 }]);
    await until(() => rows.length === 1);
    await first.stop();
    const second = await startAgent({ port: first.port });
    await until(() => second.source.listenersCount === 1);
    second.source.give([{ value: 2, beforeNs: 9_000 }]);
    await until(() => rows.length === 2);
    const shiftNs = Number(ORIGIN - originMonoNs);
    expect(rows[1]?.beforeNs).toBe(9_000 + shiftNs);
    expect(losses).toEqual([
      {
        reason: 'agent_restarted',
        count: undefined,
        fromAgentNs: 1_000 + shiftNs,
        toAgentNs: 9_000 + shiftNs,
      },
    ]);
  });

  it('ends when another agent answers, for its clock is another', async () => {
    const first = await startAgent();
    const { states, losses } = await connected(first.url);
    await first.stop();
    const second = await startAgent({ port: first.port });
    second.source.description = { ...DESCRIPTION, agent_id: 'node-2-00000000' };
    await until(() => states.at(-1)?.kind === 'ended');
    expect(losses).toMatchObject([{ reason: 'agent_unreachable' }]);
  });

  it('says at its end that the agent was gone', async () => {
    const agent = await startAgent();
    const { link, losses, states } = await connected(agent.url);
    await agent.stop();
    await until(() => states.at(-1)?.kind === 'disconnected');
    await link.close();
    expect(losses).toMatchObject([{ reason: 'agent_unreachable', toAgentNs: undefined }]);
  });
});

describe('a first attempt that fails', () => {
  it('says that nobody listens', async () => {
    const agent = await startAgent();
    await agent.stop();
    await expect(recordLink(agent.url).link.ready).rejects.toMatchObject({ code: 'link.unreachable' });
  });

  it('waits when it is told to', async () => {
    const agent = await startAgent();
    await agent.stop();
    const { link } = recordLink(agent.url, { waitForAgent: true });
    await startAgent({ port: agent.port });
    expect(await link.ready).toMatchObject({ agentId: DESCRIPTION.agent_id });
  });

  it('says that the token is wrong', async () => {
    const authorise = (request: { headers: { authorization?: string | undefined } }) =>
      request.headers.authorization === 'Bearer right';
    const { url } = await startAgent({ authorise });
    await expect(recordLink(url, { token: 'wrong' }).link.ready).rejects.toMatchObject({
      code: 'link.unauthorised',
    });
    expect(await recordLink(url, { token: 'right' }).link.ready).toBeDefined();
  });

  it('says that the agent is full, and that something else answered', async () => {
    const { url } = await startAgent({ limits: { maxReadersCount: 1 } });
    await connected(url);
    await expect(recordLink(url).link.ready).rejects.toMatchObject({ code: 'link.agent-full' });
    await expect(recordLink(`${url}/elsewhere`).link.ready).rejects.toMatchObject({
      code: 'link.not-an-agent',
    });
  });

  it.each(['127.0.0.1:9000', 'http://127.0.0.1', 'ws://user:pw@127.0.0.1', 'ws://127.0.0.1?token=x', ''])(
    'refuses "%s"',
    (url) => {
      expect(() => recordLink(url)).toThrow(expect.objectContaining({ code: 'link.bad-url' }));
    },
  );
});

describe('clock probes', () => {
  it('bracket the agent’s clock: 16 at the start, more while it goes on, 16 at the end', async () => {
    const agent = await startAgent();
    const { link, probes } = await connected(agent.url);
    await until(() => probes.length >= 10);
    const before = probes.length;
    await link.close();
    expect(probes.length).toBeGreaterThan(before);
    for (const { t1Ns, t2Ns, t3Ns, t4Ns } of probes) {
      expect(t4Ns).toBeGreaterThan(t1Ns);
      expect(t3Ns).toBeGreaterThanOrEqual(t2Ns);
      expect(t3Ns - t2Ns).toBeLessThan(t4Ns - t1Ns);
    }
    // One clock of one machine behind both: every probe's bounds hold one and the same offset.
    const low = Math.max(...probes.map(({ t3Ns, t4Ns }) => t3Ns - t4Ns));
    const high = Math.min(...probes.map(({ t1Ns, t2Ns }) => t2Ns - t1Ns));
    expect(low).toBeLessThanOrEqual(high);
  });
});
