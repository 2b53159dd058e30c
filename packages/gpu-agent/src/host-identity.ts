import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname, release } from 'node:os';

/** Who this machine is, and which boot of it: a monotonic clock lives as long as a boot. */
export interface HostIdentity {
  /** `<hostname>-<8 hex of a hash of the boot id>`. */
  readonly agentId: string;
  readonly hostname: string;
  readonly kernel: string;
}

const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id';

/**
 * Reads the boot id; where it cannot be read the process's own start stands in for it, so that two boots never look like one (two
 * starts of the agent then look like two boots, which costs only a resume).
 */
export function readHostIdentity(): HostIdentity {
  return hostIdentity(hostname(), readBootId() ?? `${process.pid}@${Date.now()}`);
}

export function hostIdentity(host: string, bootId: string): HostIdentity {
  const hash = createHash('sha256').update(bootId.trim()).digest('hex').slice(0, 8);
  return { agentId: `${host}-${hash}`, hostname: host, kernel: release() };
}

function readBootId(): string | undefined {
  try {
    return readFileSync(BOOT_ID_FILE, 'utf8');
  } catch {
    return undefined;
  }
}
