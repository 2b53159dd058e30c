import { expect, it } from 'vitest';
import { sourceOf } from '../testing/telemetry.js';
import { servingSources } from './serving-sources.js';
import { NO_TELEMETRY, type Telemetry } from './telemetry.js';

function gpu(agentId: string, gpuUuid: string) {
  return { ...sourceOf(`${agentId}/${gpuUuid}`, {}), agentId, gpuUuid };
}

const TELEMETRY: Telemetry = {
  ...NO_TELEMETRY,
  gpus: [gpu('a', 'GPU-0'), gpu('a', 'GPU-1'), gpu('b', 'GPU-2'), gpu('c', 'GPU-3')],
  hosts: [sourceOf('a', {}), sourceOf('b', {}), sourceOf('c', {})],
  servers: [sourceOf('http://a', {}), sourceOf('http://b', {})],
};

it('leaves out what served nobody, and keeps what nothing is said of', () => {
  const kept = servingSources(TELEMETRY, [
    { agent_id: 'a', gpu_uuids: ['GPU-0'], endpoint: 'http://a', serves: true },
    { agent_id: 'a', gpu_uuids: ['GPU-1'], serves: false },
    { agent_id: 'b', endpoint: 'http://b', serves: false },
  ]);
  expect(kept.gpus.map(({ gpuUuid }) => gpuUuid)).toEqual(['GPU-0', 'GPU-3']);
  expect(kept.hosts.map(({ sourceId }) => sourceId)).toEqual(['a', 'c']);
  expect(kept.servers.map(({ sourceId }) => sourceId)).toEqual(['http://a']);
});

it('keeps everything where the run tells no topology', () => {
  expect(servingSources(TELEMETRY, undefined)).toBe(TELEMETRY);
});
