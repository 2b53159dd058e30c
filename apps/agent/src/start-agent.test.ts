import { UsageError } from '@fluidscope/errors';
import { connectAgent, type SampleColumns } from '@fluidscope/telemetry-link';
import { runNs } from '@fluidscope/units';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AgentOptions } from './options.js';
import { startAgent, type RunningAgent } from './start-agent.js';
import { ScriptedAgent, UUID } from './testing/scripted-agent.js';

const TOKEN = 'correct-horse-battery-staple';
const LOOPBACK = { host: '127.0.0.1', port: 0 };

let source: ScriptedAgent;
let running: RunningAgent | undefined;
beforeEach(() => {
  source = new ScriptedAgent();
  running = undefined;
});
afterEach(async () => {
  await running?.close();
  expect(source.isDisposed).toBe(true);
});

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

async function start(options: Partial<AgentOptions> = {}): Promise<RunningAgent> {
  running = await startAgent({ listen: LOOPBACK, source, ...options });
  return running;
}

/** By hand and not with fetch, which sets Host itself. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET', body = ''): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${running?.url ?? ''}${path}`, { headers, method }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    outgoing.on('error', reject).end(body);
  });
}

function codeOf({ body }: Reply): unknown {
  return (JSON.parse(body) as { error: { code: string } }).error.code;
}

describe('what it serves', () => {
  it('says that it lives, and who it is', async () => {
    await start();
    expect((await get('/healthz')).body).toBe('{"status":"ok"}\n');
    const described = await get('/v1/describe');
    expect(JSON.parse(described.body)).toMatchObject({ agent_id: 'node7-0123abcd', gpus: [{ uuid: UUID }] });
    expect((await get('/v1/describe?x=1', {}, 'HEAD')).body).toBe('');
  });

  it('gives the newest values as Prometheus reads them, named by GPU, link, process and interface', async () => {
    await start();
    source.give(1, 1410);
    source.give(10, 5_000);
    source.give(63, 7, { subId: 4 });
    source.give(70, 88, { subId: 4711 });
    source.give(20, 123, { subId: 3 });
    source.give(1050, 99, { gpuIndex: 0xffff, subId: 2 });
    source.give(1001, 42, { gpuIndex: 0xffff, subId: 1 });
    const { body, headers } = await get('/metrics');
    expect(headers['content-type']).toContain('text/plain');
    const gpu = `gpu="0",uuid="${UUID}"`;
    for (const line of [
      `fluidscope_gpu_sm_clock_mhz{${gpu}} 1410`,
      `fluidscope_gpu_energy_mj{${gpu}} 5000`,
      `fluidscope_gpu_nvlink_crc_errors_count{${gpu},link="3"} 7`,
      `fluidscope_gpu_process_sm_pct{${gpu},pid="4711"} 88`,
      `fluidscope_gpu_memory_used_bytes{${gpu},mig_instance="2"} 123`,
      'fluidscope_host_network_rx_bytes{interface="eth0"} 99',
      'fluidscope_host_cpu_busy_ns{cpu="0"} 42',
      'fluidscope_agent_ring_overruns_total 3',
      'fluidscope_agent_inside_calls_seconds_total 1.5',
      'fluidscope_agent_loop_lateness_seconds 0.002',
      'fluidscope_agent_subscribers 0',
    ]) {
      expect(body.split('\n')).toContain(line);
    }
    expect(body).toContain('# TYPE fluidscope_gpu_energy_mj counter');
  });

  it('shows no value that was not read for long, and says which GPU is not up', async () => {
    await start();
    source.give(1, 1410, { ageNs: 6e9 });
    source.give(80, 0, { ageNs: 6e9 });
    source.gpuState = 'lost';
    const { body } = await get('/metrics');
    expect(body).not.toMatch(/^fluidscope_gpu_sm_clock_mhz\{/m);
    expect(body).toMatch(/^fluidscope_gpu_pcie_replay_count\{.*\} 0$/m);
    expect(body).toMatch(/^fluidscope_gpu_up\{.*state="lost"\} 0$/m);
  });

  it('streams what it samples, with the token only', async () => {
    const { url } = await start({ token: TOKEN });
    const connected = (token: string, onRecords: (columns: SampleColumns) => void) =>
      connectAgent(url.replace('http', 'ws'), {
        token,
        runClock: { nowNs: () => runNs(0) },
        onRecords,
        onEvent: () => {},
        onLoss: () => {},
        onProbe: () => {},
        onState: () => {},
      });
    await expect(connected('wrong', () => {}).ready).rejects.toMatchObject({ code: 'link.unauthorised' });
    let take: (value: number | undefined) => void = () => {};
    const taken = new Promise<number | undefined>((resolve) => (take = resolve));
    const link = connected(TOKEN, (columns) => take(columns.value[0]));
    expect((await link.ready).agentId).toBe('node7-0123abcd');
    // The link listens to the source from its first reader on.
    await vi.waitFor(() => expect(source.listeners.size).toBe(1));
    const sample = Buffer.alloc(40);
    sample.writeBigUInt64LE(process.hrtime.bigint(), 0);
    sample.writeUInt16LE(1, 14);
    sample.writeDoubleLE(1410, 16);
    for (const listener of source.listeners) listener.onRecords(sample);
    expect(await taken).toBe(1410);
    const { body } = await get('/metrics', { authorization: `Bearer ${TOKEN}` });
    for (const line of [
      'fluidscope_agent_subscribers 1',
      'fluidscope_agent_reader_dropped_samples{reader="1"} 0',
      'fluidscope_agent_reader_behind{reader="1"} 0',
      'fluidscope_agent_dropped_samples_total 0',
      'fluidscope_agent_upgrades_refused_total{status="401"} 1',
    ]) {
      expect(body.split('\n')).toContain(line);
    }
    await link.close();
  });
});

describe('what it refuses', () => {
  it('answers errors as JSON, each with its status', async () => {
    await start();
    const notFound = await get('/nope');
    expect([notFound.status, codeOf(notFound)]).toEqual([404, 'not_found']);
    const wrongMethod = await get('/metrics', {}, 'DELETE');
    expect([wrongMethod.status, wrongMethod.headers['allow']]).toEqual([405, 'GET, HEAD']);
    const withBody = await get('/metrics', { 'Content-Length': '3' }, 'GET', 'abc');
    expect([withBody.status, codeOf(withBody)]).toEqual([413, 'body_refused']);
    expect((await get('/v1/stream')).status).toBe(426);
  });

  it('asks for the token everywhere but at /healthz', async () => {
    await start({ token: TOKEN });
    expect((await get('/healthz')).status).toBe(200);
    for (const authorization of ['', 'Bearer wrong', `Basic ${TOKEN}`, TOKEN]) {
      const reply = await get('/metrics', authorization === '' ? {} : { authorization });
      expect([reply.status, codeOf(reply)]).toEqual([401, 'unauthorized']);
    }
    // Not even which paths there are.
    expect((await get('/nope')).status).toBe(401);
    expect((await get('/v1/describe', { authorization: `Bearer ${TOKEN}` })).status).toBe(200);
  });

  it('knows only addresses and its own names in Host', async () => {
    await start({ allowedHosts: ['gpu7.example'] });
    for (const [host, status] of [
      ['evil.example', 403],
      ['localhost:1', 200],
      ['[::1]:7420', 200],
      ['10.0.0.7', 200],
      ['GPU7.example:7420', 200],
    ] as const) {
      expect([host, (await get('/healthz', { host })).status]).toEqual([host, status]);
    }
  });

  it('lets in no web page that was not named', async () => {
    await start({ allowedOrigins: ['https://dash.example'] });
    expect((await get('/healthz', { origin: 'https://evil.example' })).status).toBe(403);
    expect((await get('/healthz', { origin: 'https://dash.example' })).status).toBe(200);
  });

  it('bounds the requests of one address', async () => {
    await start({ requestsPerS: 1 });
    const replies = [];
    for (let i = 0; i < 4; i++) replies.push(await get('/healthz'));
    const refused = replies.at(-1)!;
    expect([refused.status, codeOf(refused), refused.headers['retry-after']]).toEqual([
      429,
      'too_many_requests',
      '1',
    ]);
  });

  it('counts an upgrade as a request, so that tokens cannot be tried without a bound', async () => {
    const { url } = await start({ token: TOKEN, requestsPerS: 1 });
    const connected = (token: string) =>
      connectAgent(url.replace('http', 'ws'), {
        token,
        runClock: { nowNs: () => runNs(0) },
        onRecords: () => {},
        onEvent: () => {},
        onLoss: () => {},
        onProbe: () => {},
        onState: () => {},
      });
    for (const [token, code] of [
      ['a', 'link.unauthorised'],
      ['b', 'link.unauthorised'],
      [TOKEN, 'link.over-rate'],
    ] as const) {
      await expect(connected(token).ready).rejects.toMatchObject({ code });
    }
  });

  it('answers upgrades as it answers requests, as JSON that names the flag to use', async () => {
    await start({ token: TOKEN, requestsPerS: 2 });
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket' };
    const unauthorised = await get('/v1/stream', upgrade);
    expect([unauthorised.status, codeOf(unauthorised)]).toEqual([401, 'unauthorized']);
    expect(unauthorised.body).toContain('--agent-token-file');
    expect(unauthorised.headers['www-authenticate']).toContain('Bearer');
    expect((await get('/metrics')).body).toContain('--agent-token-file');
    const unknownName = await get('/v1/stream', { ...upgrade, host: 'evil.example' });
    expect([unknownName.status, codeOf(unknownName)]).toEqual([403, 'forbidden']);
    await get('/healthz');
    const often = await get('/v1/stream', upgrade);
    expect([often.status, codeOf(often), often.headers['retry-after']]).toEqual([
      429,
      'too_many_requests',
      '1',
    ]);
  });

  it('bounds headers, and stays alive after nonsense', async () => {
    const { port } = await start();
    expect((await get('/healthz', { 'X-Long': 'x'.repeat(9_000) })).status).toBe(431);
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.end('\u0000\u0001 nonsense\r\n\r\n'));
      socket.on('close', () => resolve()).resume();
    });
    expect((await get('/healthz')).status).toBe(200);
  });
});

describe('where it listens', () => {
  const open = { listen: { host: '0.0.0.0', port: 0 } };

  it('wants a token and TLS for an address that others reach, and then starts nothing', async () => {
    await expect(startAgent({ ...open, source })).rejects.toThrow(UsageError);
    await expect(startAgent({ ...open, source, token: TOKEN })).rejects.toThrow(/expected TLS/);
    source[Symbol.dispose]();
  });

  it('does without when told so, and says it', async () => {
    const warnings: string[] = [];
    await start({ ...open, isInsecureAllowed: true, onWarning: (text) => warnings.push(text) });
    expect(warnings).toEqual([
      'listening on 0.0.0.0 without a token and TLS: whoever reaches it can read all that is served (--insecure)',
    ]);
  });

  it('says which address is taken, and ends the sampling', async () => {
    const first = await startAgent({ listen: LOOPBACK, source: new ScriptedAgent() });
    const listen = { host: '127.0.0.1', port: first.port };
    await expect(startAgent({ listen, source })).rejects.toThrow(`port ${first.port}`);
    expect(source.isDisposed).toBe(true);
    await first.close();
  });

  it('says that a certificate is none', async () => {
    const tls = { certPem: 'no', keyPem: 'no' };
    await expect(startAgent({ listen: LOOPBACK, source, tls })).rejects.toThrow(/certificate and its key/);
  });
});
