import { describe, expect, it } from 'vitest';
import { telemetryByEngine } from './engine-telemetry.js';
import { NO_TELEMETRY, type GpuSource, type Telemetry } from './telemetry/telemetry.js';
import { streamOf } from './testing/streams.js';
import { sourceOf } from './testing/telemetry.js';
import { binsOf } from './time-bins.js';

/** One engine stands still from 1 s to 2 s, the other from 3 s to 4 s. */
const FIRST = [streamOf(0, { tokens: 250, ttftMs: 20, stallsMs: { 49: 1_000 } })];
const SECOND = [streamOf(1, { tokens: 250, ttftMs: 20, stallsMs: { 149: 1_000 } })];

function gpu(agentId: string, gpuUuid: string, powerAt: (ms: number) => number): GpuSource {
  const source = sourceOf(`${agentId}/${gpuUuid}`, { power_instant_mw: powerAt }, { untilMs: 6_000 });
  return { ...source, agentId, gpuUuid };
}

const idleFrom = (startMs: number) => (ms: number) => (ms >= startMs && ms < startMs + 1_000 ? 100 : 300);

function matched(gpus: readonly GpuSource[], agents: readonly string[]) {
  const telemetry: Telemetry = { ...NO_TELEMETRY, gpus, hosts: agents.map((agent) => sourceOf(agent, {})) };
  const engines = [FIRST, SECOND];
  return telemetryByEngine(telemetry, engines, binsOf(engines.flat())).map((each) => [
    each.gpus.map(({ gpuUuid }) => gpuUuid),
    each.hosts.map(({ sourceId }) => sourceId),
  ]);
}

describe('telemetryByEngine', () => {
  it('gives each engine the GPUs that idle when it does, and their hosts', () => {
    const gpus = [gpu('a', 'GPU-0', idleFrom(1_000)), gpu('b', 'GPU-1', idleFrom(3_000))];
    expect(matched(gpus, ['a', 'b', 'c'])).toEqual([
      [['GPU-0'], ['a', 'c']],
      [['GPU-1'], ['b', 'c']],
    ]);
  });

  it('parts the GPUs of one host', () => {
    const gpus = [gpu('a', 'GPU-0', idleFrom(3_000)), gpu('a', 'GPU-1', idleFrom(1_000))];
    expect(matched(gpus, ['a'])).toEqual([
      [['GPU-1'], ['a']],
      [['GPU-0'], ['a']],
    ]);
  });

  it('leaves with all what follows neither', () => {
    expect(matched([gpu('a', 'GPU-0', () => 300)], ['a'])).toEqual([
      [['GPU-0'], ['a']],
      [['GPU-0'], ['a']],
    ]);
  });
});
