import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { decodeAnswer, encodeAnswer, encodeProbe, probeIdOf } from './clock-messages.js';
import { LINK_VERSION, parseAgentMessage, parseReaderMessage } from './control-messages.js';
import { until } from './testing/recorded-link.js';
import { ORIGIN, startAgent } from './testing/running-agent.js';

/**
 * What agents and readers that are out there write. A text that must change here is a new `LINK_VERSION`; a new member of a message is none,
 * and is added to what is written alone.
 */
const GOLDEN_TEXTS = {
  1: {
    subscribe:
      '{"type":"subscribe","link_version":1,"selection":{"metric_ids":[1,5],"gpu_indices":[0,65535],"max_hz":10},"resume":{"stream_id":"S","next_seq":5}}',
    hello:
      '{"type":"hello","link_version":1,"stream_id":"S","origin_mono_ns":"31536000000000123","description":{"agent_id":"node-1-0a1b2c3d","hostname":"node-1","versions":{"fluidscope":"0.1.0"},"gpu_source":{"kind":"nvml","state":"ready","detail":""},"gpus":[{"index":0,"uuid":"GPU-1","name":"NVIDIA H100 80GB HBM3","state":"ready","absent":[],"metrics":[{"metric":"power_instant_mw","refresh_median_ns":100000000}]}]}}',
    subscribed: '{"type":"subscribed","resumed":false,"next_seq":0}',
    event:
      '{"type":"event","seq":0,"covers_from":0,"kind":"xid","mono_ns":"31536000000000130","source":"sampler","detail":{"data":79}}',
    loss: '{"type":"loss","seq":1,"covers_from":1,"reason":"ring_overrun","count":12,"from_mono_ns":"31536000000000131","to_mono_ns":"31536000000000139"}',
    description:
      '{"type":"description","description":{"agent_id":"node-1-0a1b2c3d","hostname":"node-1","versions":{},"gpu_source":{"kind":"none","state":"driver_gone","detail":"gone"},"gpus":[]}}',
  },
} as const;

/** Told only to a reader that is behind, or wrong: read here, and written where those are tested. */
const READ_ALONE = [
  '{"type":"dropped","reason":"slow_reader","from_seq":3,"to_seq":9,"records_count":null,"from_mono_ns":null,"to_mono_ns":"31536000000000139"}',
  '{"type":"error","code":"link.message","message":"expected a JSON message"}',
];

const golden = GOLDEN_TEXTS[LINK_VERSION];

it('writes the golden conversation', async () => {
  const agent = await startAgent({ monoNowNs: () => ORIGIN });
  const texts: string[] = [];
  const socket = new WebSocket(`${agent.url}/v1/stream`);
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) texts.push(data.toString().replace(/"stream_id":"[^"]+"/, '"stream_id":"S"'));
  });
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send('{"type":"subscribe","link_version":1}');
  await until(() => agent.source.listenersCount === 1);
  agent.source.say({ kind: 'xid', monoNs: ORIGIN + 7n, source: 'sampler', detail: { data: 79 } });
  agent.source.lose({
    reason: 'ring_overrun',
    count: 12,
    fromMonoNs: ORIGIN + 8n,
    toMonoNs: ORIGIN + 16n,
  });
  agent.source.description = {
    agent_id: 'node-1-0a1b2c3d',
    hostname: 'node-1',
    versions: {},
    gpu_source: { kind: 'none', state: 'driver_gone', detail: 'gone' },
    gpus: [],
  };
  await until(() => texts.length === 5);
  socket.terminate();
  const { hello, subscribed, event, loss, description } = golden;
  expect(texts).toEqual([hello, subscribed, event, loss, description]);
});

it('reads every golden message', () => {
  expect(parseReaderMessage(golden.subscribe)).toEqual({ message: JSON.parse(golden.subscribe) as unknown });
  const { hello, subscribed, event, loss, description } = golden;
  for (const text of [hello, subscribed, event, loss, description, ...READ_ALONE]) {
    const parsed = parseAgentMessage(text);
    expect(parsed).not.toHaveProperty('problem');
    const asWritten = JSON.stringify('message' in parsed && parsed.message, (_name, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    expect(JSON.parse(asWritten)).toEqual(JSON.parse(text));
  }
});

it('writes and reads the golden datagrams of the clock', () => {
  expect(encodeProbe(0xfeff_0001).toString('hex')).toBe('010000000100fffe');
  expect(probeIdOf(Buffer.from('010000000100fffe', 'hex'))).toBe(0xfeff_0001);
  const answer = '020000000100fffe7b00a32dd30970007c00a32dd3097000';
  const [t2MonoNs, t3MonoNs] = [ORIGIN, ORIGIN + 1n];
  expect(encodeAnswer(0xfeff_0001, t2MonoNs, () => t3MonoNs).toString('hex')).toBe(answer);
  expect(decodeAnswer(Buffer.from(answer, 'hex'))).toEqual({ id: 0xfeff_0001, t2MonoNs, t3MonoNs });
});
