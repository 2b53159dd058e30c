import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';

/** The machine that a run's figures hold for, as the trace stores it. What cannot be read is `null`. */
export interface MachineDescription {
  readonly cpu_model: string | null;
  readonly cpu_count: number;
  /** CPUs that this process may use: affinity and quota applied, where the system tells. */
  readonly available_cpu_count: number;
  /** CPUs that the control group grants; `null` when it sets no quota or none could be read. */
  readonly cgroup_cpu_count: number | null;
  readonly memory_bytes: number;
  readonly cgroup_memory_bytes: number | null;
  readonly platform: string;
  readonly architecture: string;
  readonly kernel: string;
  /** What CLOCK_MONOTONIC is read from: `tsc` is exact and cheap, `hpet` or `acpi_pm` are neither. */
  readonly clock_source: string | null;
  readonly virtual_machine: boolean | null;
  readonly container: 'docker' | 'podman' | 'kubernetes' | null;
  readonly open_files_limit: number | null;
  readonly node_version: string;
  readonly v8_version: string;
  readonly libuv_version: string;
}

/** Port: how files of the system are read; `undefined` for one that is not there. */
export type ReadSystemFile = (path: string) => string | undefined;

export function describeMachine(read: ReadSystemFile = readSystemFile): MachineDescription {
  const cpus = os.cpus();
  return {
    cpu_model: cpus[0]?.model ?? null,
    cpu_count: cpus.length,
    available_cpu_count: os.availableParallelism(),
    cgroup_cpu_count: cgroupCpuCount(read),
    memory_bytes: os.totalmem(),
    cgroup_memory_bytes: cgroupMemoryBytes(),
    platform: os.platform(),
    architecture: os.arch(),
    kernel: os.release(),
    clock_source: clockSource(read),
    virtual_machine: virtualMachine(read),
    container: container(read),
    open_files_limit: openFilesLimit(read),
    node_version: process.versions.node,
    v8_version: process.versions.v8,
    libuv_version: process.versions.uv,
  };
}

function cgroupCpuCount(read: ReadSystemFile): number | null {
  const [quotaUs, periodUs] = (read('/sys/fs/cgroup/cpu.max') ?? '').trim().split(' ').map(Number);
  return quotaUs !== undefined && periodUs !== undefined && quotaUs > 0 ? quotaUs / periodUs : null;
}

/** Node answers with the whole memory, or more, where no limit is set. */
function cgroupMemoryBytes(): number | null {
  const limitBytes = process.constrainedMemory();
  return limitBytes > 0 && limitBytes < os.totalmem() ? limitBytes : null;
}

function clockSource(read: ReadSystemFile): string | null {
  return read('/sys/devices/system/clocksource/clocksource0/current_clocksource')?.trim() ?? null;
}

function virtualMachine(read: ReadSystemFile): boolean | null {
  const flags = /^flags\s*:(.*)$/m.exec(read('/proc/cpuinfo') ?? '')?.[1];
  return flags === undefined ? null : flags.split(' ').includes('hypervisor');
}

function container(read: ReadSystemFile): MachineDescription['container'] {
  if (process.env['KUBERNETES_SERVICE_HOST'] !== undefined) return 'kubernetes';
  if (read('/run/.containerenv') !== undefined) return 'podman';
  return read('/.dockerenv') === undefined ? null : 'docker';
}

function openFilesLimit(read: ReadSystemFile): number | null {
  const soft = /^Max open files\s+(\d+)/m.exec(read('/proc/self/limits') ?? '')?.[1];
  return soft === undefined ? null : Number(soft);
}

function readSystemFile(path: string): string | undefined {
  try {
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
