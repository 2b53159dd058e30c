import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KvPool, type KvLease } from './kv-pool.js';

describe('KvPool', () => {
  it('refuses to grow beyond what is free and then changes nothing', () => {
    const pool = new KvPool(4);
    const lease = pool.open([]);
    expect(pool.grow(lease, 3)).toBe(true);
    expect(pool.grow(lease, 5)).toBe(false);
    expect([pool.freeBlockCount, lease.privateBlockCount]).toEqual([1, 3]);
  });

  it('finds the cached start of a prompt, up to the limit, and nothing after a gap', () => {
    const pool = new KvPool(8);
    const lease = pool.open([]);
    pool.grow(lease, 3);
    pool.offer(lease, ['a', 'b', 'c'], 2);
    expect(pool.cachedPrefixBlockCount(['a', 'b', 'c'], 9)).toBe(2);
    expect(pool.cachedPrefixBlockCount(['a', 'b', 'c'], 1)).toBe(1);
    expect(pool.cachedPrefixBlockCount(['x', 'b'], 9)).toBe(0);
  });

  it('keeps released blocks until it needs the room, and gives up a prompt’s end before its start', () => {
    const pool = new KvPool(3);
    const first = pool.open([]);
    pool.grow(first, 3);
    pool.offer(first, ['a', 'b', 'c'], 3);
    pool.close(first);
    expect(pool.freeBlockCount).toBe(3);
    const second = pool.open([]);
    pool.grow(second, 1);
    expect(pool.cachedPrefixBlockCount(['a', 'b', 'c'], 9)).toBe(2);
  });

  it('never evicts a block that somebody holds', () => {
    const pool = new KvPool(2);
    const first = pool.open([]);
    pool.grow(first, 1);
    pool.offer(first, ['a'], 1);
    const second = pool.open(['a']);
    pool.close(first);
    expect(pool.freeBlockCount).toBe(1);
    expect(pool.grow(second, 3)).toBe(false);
    pool.close(second);
    expect(pool.freeBlockCount).toBe(2);
  });

  it('conserves blocks whatever is opened, grown, offered and closed', () => {
    const operation = fc.record({
      kind: fc.constantFrom('open', 'grow', 'offer', 'close'),
      leaseIndex: fc.nat(7),
      prompt: fc.nat(2),
      blockCount: fc.nat(9),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const pool = new KvPool(20);
        const leases: { lease: KvLease; keys: string[] }[] = [];
        for (const { kind, leaseIndex, prompt, blockCount } of operations) {
          const held = leases[leaseIndex % Math.max(1, leases.length)];
          if (kind === 'open') {
            const keys = Array.from({ length: 6 }, (_, index) => `${prompt}:${index}`);
            leases.push({ lease: pool.open(keys.slice(0, pool.cachedPrefixBlockCount(keys, 5))), keys });
          } else if (held === undefined) continue;
          else if (kind === 'grow') pool.grow(held.lease, blockCount);
          else if (kind === 'offer') {
            const ownedCount = held.lease.privateBlockCount + held.lease.cachedKeys.length;
            pool.offer(held.lease, held.keys, Math.min(ownedCount, blockCount));
          } else {
            pool.close(held.lease);
            leases.splice(leases.indexOf(held), 1);
          }
          const heldKeys = new Set(leases.flatMap(({ lease }) => lease.cachedKeys));
          const privateCount = leases.reduce((sum, { lease }) => sum + lease.privateBlockCount, 0);
          expect(Math.min(0, ...leases.map(({ lease }) => lease.privateBlockCount))).toBe(0);
          expect(pool.freeBlockCount + privateCount + heldKeys.size).toBe(20);
        }
      }),
    );
  });
});
