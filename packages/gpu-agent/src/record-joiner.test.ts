import { HOST_GPU_INDEX } from '@fluidscope/trace-schema';
import { expect, it } from 'vitest';
import { RecordJoiner } from './record-joiner.js';
import { scriptedRecords, type ScriptedSample } from './testing/scripted-sampler.js';

function joiner() {
  const delivered: string[][] = [];
  const joined = new RecordJoiner((records) => {
    const rows: string[] = [];
    for (let at = 0; at < records.length; at += 40)
      rows.push(
        `${records.readUInt16LE(at + 12)}/${records.readUInt16LE(at + 14)}/${records.readUInt32LE(at + 28)}=${records.readDoubleLE(at + 16)}`,
      );
    delivered.push(rows);
  });
  return { joined, delivered };
}

const host = (metricId: number, value: number, subId = 0): ScriptedSample => ({
  monoNs: 1n,
  gpuIndex: HOST_GPU_INDEX,
  metricId,
  subId,
  value,
});
const gpu = scriptedRecords([{ monoNs: 1n, metricId: 1, value: 1410 }]);

it('hands the host’s records on at once while no GPU flushes', () => {
  const { joined, delivered } = joiner();
  joined.addHost(scriptedRecords([host(1001, 7)]), 0n);
  joined.addGpu(gpu, 10n);
  joined.addHost(scriptedRecords([host(1001, 8)]), 200_000_000n);
  expect(delivered).toEqual([['65535/1001/0=7'], ['0/1/0=1410'], ['65535/1001/0=8']]);
});

it('lets them travel with the next flush, by series, and loses none', () => {
  const { joined, delivered } = joiner();
  joined.addGpu(gpu, 0n);
  joined.addHost(scriptedRecords([host(1010, 1), host(1001, 2, 1), host(1001, 3)]), 10n);
  joined.addHost(scriptedRecords([host(1001, 4)]), 20n);
  joined.addGpu(gpu, 30n);
  joined.addGpu(gpu, 40n);
  expect(delivered).toEqual([
    ['0/1/0=1410'],
    ['0/1/0=1410', '65535/1001/0=3', '65535/1001/0=4', '65535/1001/1=2', '65535/1010/0=1'],
    ['0/1/0=1410'],
  ]);
});

it('holds more than its first room', () => {
  const { joined, delivered } = joiner();
  joined.addGpu(gpu, 0n);
  for (let round = 0; round < 30; round++)
    joined.addHost(
      scriptedRecords(Array.from({ length: 100 }, (_, metric) => host(1001 + metric, round))),
      1n,
    );
  joined.addGpu(gpu, 2n);
  expect(delivered[1]).toHaveLength(3_001);
  expect(delivered[1]?.slice(1, 31)).toEqual(
    Array.from({ length: 30 }, (_, round) => `65535/1001/0=${round}`),
  );
});
