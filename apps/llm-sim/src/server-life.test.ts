import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLlmSim } from './start-llm-sim.js';
import {
  AT_ONCE,
  chatBody,
  CHAT,
  COMPLETIONS,
  eventData,
  metric,
  parsedEvents,
  post,
  STALLED,
  untilMetric,
  withSim,
} from './testing/sim-client.js';

const RUNNING = 'vllm:num_requests_running';
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llm-sim-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Sends raw text on one connection and collects what comes until the other side closes it or `isEnough`. */
function exchange(port: number, text: string, isEnough: (received: string) => boolean): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (data) => {
      received += String(data);
      if (isEnough(received)) socket.destroy();
    });
    socket.on('close', () => resolve(received));
  });
}

function rawPost(body: object, version = '1.1'): string {
  const text = JSON.stringify(body);
  return `POST ${COMPLETIONS} HTTP/${version}\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

describe('clients', () => {
  it('that leave free their place in the engine', async () => {
    const engine = { kind: 'profile', profile: 'h100-llama3-8b' } as const;
    await withSim({ engine }, async (sim) => {
      const leave = new AbortController();
      const body = chatBody({ stream: true, ignore_eos: true });
      const response = await post(sim, CHAT, body, leave.signal);
      await response.body?.getReader().read();
      expect(await metric(sim, RUNNING)).toBe(1);
      expect(await metric(sim, 'vllm:kv_cache_usage_perc')).toBeGreaterThan(0);
      leave.abort();
      await untilMetric(sim, RUNNING, 0);
      expect(await metric(sim, 'vllm:kv_cache_usage_perc')).toBe(0);
    });
  });

  it('that keep their connection are served again on it', async () => {
    await withSim(AT_ONCE, async (sim) => {
      const request = rawPost({ prompt: 'a', max_tokens: 1, ignore_eos: true, stream: true });
      let asked = 1;
      const received = await new Promise<string>((resolve) => {
        let text = '';
        const socket = connect(sim.port, sim.host, () => socket.write(request));
        socket.on('data', (data) => {
          text += String(data);
          const answered = text.split('0\r\n\r\n').length - 1;
          if (answered === 3) {
            socket.destroy();
            resolve(text);
          } else if (answered === asked) {
            asked++;
            socket.write(request);
          }
        });
      });
      expect(received.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
    });
  });

  it('that send two requests at once get two whole answers, one after the other', async () => {
    await withSim(AT_ONCE, async (sim) => {
      const request = rawPost({ prompt: 'a', max_tokens: 3, ignore_eos: true, stream: true });
      const ends = (text: string) => text.split('[DONE]').length - 1;
      const received = await exchange(sim.port, request + request, (text) => ends(text) === 2);
      const ids: readonly string[] = received.match(/cmpl-[0-9a-f]{32}/g) ?? [];
      expect(new Set(ids).size).toBe(2);
      expect(ids).toEqual([...ids].sort((a, b) => ids.indexOf(a) - ids.indexOf(b)));
    });
  });

  it('of HTTP/1.0 get the events bare and the connection’s end for their end', async () => {
    await withSim(AT_ONCE, async (sim) => {
      const request = rawPost({ prompt: 'a', max_tokens: 2, ignore_eos: true, stream: true }, '1.0');
      const received = await exchange(sim.port, request, () => false);
      const body = received.slice(received.indexOf('\r\n\r\n') + 4);
      expect(eventData(body).at(-1)).toBe('[DONE]');
      expect(parsedEvents(body)).toHaveLength(3);
    });
  });
});

describe('closing', () => {
  it('ends streams with an error that clients can read, and open requests too', async () => {
    const sim = await startLlmSim(STALLED);
    const stream = await post(sim, CHAT, chatBody({ stream: true, max_tokens: 5, ignore_eos: true }));
    const whole = post(sim, CHAT, chatBody({ max_tokens: 5, ignore_eos: true }));
    await untilMetric(sim, RUNNING, 2);
    await sim.close();
    const events = eventData(await stream.text());
    expect(events.at(-1)).toBe('[DONE]');
    expect(JSON.parse(events.at(-2) ?? '')).toEqual({
      error: {
        message: 'The server is shutting down.',
        type: 'ServiceUnavailableError',
        param: null,
        code: 503,
      },
    });
    expect((await whole).status).toBe(503);
    await expect(fetch(`${sim.url}/health`)).rejects.toThrow();
  });

  it('can be asked for twice', async () => {
    const sim = await startLlmSim(AT_ONCE);
    expect(sim.close()).toBe(sim.close());
    await sim.close();
  });
});

describe('starting', () => {
  it('says which address cannot be listened on', async () => {
    await withSim(AT_ONCE, async ({ port }) => {
      await expect(startLlmSim({ ...AT_ONCE, port })).rejects.toThrow(
        `Expected to listen on 127.0.0.1 port ${port} but received: listen EADDRINUSE`,
      );
    });
  });

  it('writes over no file', async () => {
    const truthFile = join(folder, 'truth.csv');
    await withSim({ ...AT_ONCE, truthFile }, () => Promise.resolve());
    await expect(startLlmSim({ ...AT_ONCE, truthFile })).rejects.toThrow('Expected to create the truth file');
    await expect(startLlmSim({ ...AT_ONCE, truthFile: join(folder, 'no', 'x') })).rejects.toThrow('ENOENT');
  });
});

describe('the truth file', () => {
  it('has a row for each token that was streamed, in order, once the server is closed', async () => {
    const truthFile = join(folder, 'truth.csv');
    const ids = await withSim({ ...AT_ONCE, truthFile }, async (sim) => {
      const body = chatBody({ max_tokens: 700, ignore_eos: true, stream: true });
      const texts = await Promise.all([1, 2, 3].map(async () => (await post(sim, CHAT, body)).text()));
      await (await post(sim, CHAT, chatBody({ max_tokens: 9 }))).text();
      return texts.map((text) => (parsedEvents(text)[0] as { id: string }).id);
    });
    const [header, ...lines] = (await readFile(truthFile, 'utf8')).trimEnd().split('\n');
    expect(header).toBe(
      'response_id,token_index,write_mono_ns,written_mono_ns,due_mono_ns,iteration_index,backlog',
    );
    const rows = lines.map((line) => line.split(','));
    for (const id of ids) {
      const own = rows.filter(([responseId]) => responseId === id);
      expect(own.map(([, tokenIndex]) => Number(tokenIndex))).toEqual(
        Array.from({ length: 700 }, (_, k) => k),
      );
    }
    expect(rows).toHaveLength(2_100);
    for (const [, , write, written, due] of rows) {
      expect(BigInt(due ?? 0) <= BigInt(write ?? 0) && BigInt(write ?? 0) <= BigInt(written ?? 0)).toBe(true);
    }
  });

  it('marks tokens that a client reads too slowly to be in the kernel’s hands', async () => {
    const truthFile = join(folder, 'truth.csv');
    await withSim({ ...AT_ONCE, truthFile }, async (sim) => {
      const socket = connect(sim.port, sim.host);
      socket.pause();
      socket.write(rawPost({ prompt: 'a', max_tokens: 60_000, ignore_eos: true, stream: true }));
      await untilMetric(sim, 'vllm:generation_tokens_total', 60_000);
      socket.destroy();
    });
    const rows = (await readFile(truthFile, 'utf8')).trimEnd().split('\n').slice(1);
    expect(rows[0]).toMatch(/,0$/);
    expect(rows.at(-1)).toMatch(/,1$/);
  });
});
