import type { CapacityConfig } from './capacity-config.js';

export function unitOf({ by }: Pick<CapacityConfig, 'by'>): string {
  return by === 'concurrency' ? 'requests in flight' : 'requests/s';
}
