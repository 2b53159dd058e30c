import { expect, it } from 'vitest';
import { GpuReplica } from './gpu-replica.js';

const S = 1_000_000_000;

function replicaAt(toNs: number, watts?: number): GpuReplica {
  const replica = new GpuReplica({ board: 'h100', gpuCount: 1, seed: 3 });
  if (watts !== undefined) replica.group.apply({ kind: 'power_limit', gpu: 0, watts }, 0);
  for (let atNs = 0; atNs <= toNs; atNs += S / 100) {
    replica.advance(atNs);
    replica.group.advance(atNs);
  }
  return replica;
}

it('keeps its GPUs at work without an end', () => {
  const [gpu] = replicaAt(20 * S).group.gpus;
  expect(gpu?.totals.ownBusyNs).toBeGreaterThan(0.99 * 20 * S);
});

it('lets a fault on its GPUs tell on them', () => {
  const cappedNs = (watts?: number): number =>
    replicaAt(5 * S, watts).group.gpus[0]?.totals.powerCapNs ?? NaN;
  expect(cappedNs()).toBeLessThan(S / 2);
  expect(cappedNs(180)).toBeGreaterThan(3 * S);
});

it('does the same for the same seed', () => {
  const [first, second] = [replicaAt(3 * S), replicaAt(3 * S)];
  expect(first.group.gpus[0]?.totals).toEqual(second.group.gpus[0]?.totals);
});
