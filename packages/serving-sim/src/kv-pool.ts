/** One request's share of the pool. Blocks under a key are shared with whoever holds or finds that key. */
export interface KvLease {
  privateBlockCount: number;
  /** Keys of the cached blocks it holds, in order of the prompt. */
  readonly cachedKeys: string[];
  /** Full prompt blocks already offered to the cache (some stay private: another request had cached that key). */
  offeredBlockCount: number;
}

interface CachedBlock {
  holderCount: number;
}

/**
 * Blocks of KV memory: free, private to one request, or cached under a prefix's key and shared.
 *
 * Cached blocks that nobody holds still count as free: they are reused when plain free blocks run out, least recently
 * released first, and a request's last blocks before its first, so that the longest-lived prefix is the shared start.
 * Invariant (`kv-pool.test.ts`): free + private of all leases + cached = total.
 */
export class KvPool {
  readonly totalBlockCount: number;
  /** Blocks that something else has taken; more than are free means that requests hold what is no longer theirs, and none grows. */
  withheldBlockCount = 0;
  private plainFreeBlockCount: number;
  private readonly cached = new Map<string, CachedBlock>();
  /** Keys without a holder; the order of insertion is the order of eviction. */
  private readonly evictable = new Set<string>();

  constructor(totalBlockCount: number) {
    this.totalBlockCount = totalBlockCount;
    this.plainFreeBlockCount = totalBlockCount;
  }

  get freeBlockCount(): number {
    return this.plainFreeBlockCount + this.evictable.size - this.withheldBlockCount;
  }

  /** How many of `keys`, from the first on, are cached, up to `limitBlockCount`. */
  cachedPrefixBlockCount(keys: readonly string[], limitBlockCount: number): number {
    let count = 0;
    for (const key of keys) {
      if (count >= limitBlockCount || !this.cached.has(key)) break;
      count++;
    }
    return count;
  }

  /** Free blocks that would be left if those cached blocks were held. */
  freeBlockCountBeside(heldKeys: readonly string[]): number {
    let count = this.freeBlockCount;
    for (const key of heldKeys) if (this.evictable.has(key)) count--;
    return count;
  }

  /** A lease that holds the cached blocks of `keys`, each of which must be cached, and nothing else. */
  open(keys: readonly string[]): KvLease {
    for (const key of keys) {
      const block = this.cached.get(key);
      if (block === undefined) throw new Error(`Expected ${key} in the prefix cache`);
      block.holderCount++;
      this.evictable.delete(key);
    }
    return { privateBlockCount: 0, cachedKeys: [...keys], offeredBlockCount: keys.length };
  }

  /** Grows the lease to `blockCount` blocks; false, and nothing changed, when too few are free. */
  grow(lease: KvLease, blockCount: number): boolean {
    const missing = blockCount - lease.privateBlockCount - lease.cachedKeys.length;
    if (missing <= 0) return true;
    if (missing > this.freeBlockCount) return false;
    this.evict(missing - this.plainFreeBlockCount);
    this.plainFreeBlockCount -= missing;
    lease.privateBlockCount += missing;
    return true;
  }

  /** Caches the lease's first `computedBlockCount` blocks under their keys; a key that is cached already stays whose it was. */
  offer(lease: KvLease, keys: readonly string[], computedBlockCount: number): void {
    const upTo = Math.min(keys.length, computedBlockCount);
    for (; lease.offeredBlockCount < upTo; lease.offeredBlockCount++) {
      const key = keys[lease.offeredBlockCount];
      if (key === undefined || this.cached.has(key)) continue;
      this.cached.set(key, { holderCount: 1 });
      lease.cachedKeys.push(key);
      lease.privateBlockCount--;
    }
  }

  /** Gives everything back; the lease is empty afterwards. */
  close(lease: KvLease): void {
    this.plainFreeBlockCount += lease.privateBlockCount;
    lease.privateBlockCount = 0;
    for (let key = lease.cachedKeys.pop(); key !== undefined; key = lease.cachedKeys.pop()) {
      const block = this.cached.get(key);
      if (block === undefined) throw new Error(`Expected ${key} in the prefix cache`);
      block.holderCount--;
      if (block.holderCount === 0) this.evictable.add(key);
    }
  }

  private evict(blockCount: number): void {
    let left = blockCount;
    for (const key of this.evictable) {
      if (left <= 0) return;
      this.evictable.delete(key);
      this.cached.delete(key);
      this.plainFreeBlockCount++;
      left--;
    }
  }
}
