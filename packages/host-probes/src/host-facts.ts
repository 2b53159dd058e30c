import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a host is, as far as it bears on measuring; `undefined` where it does not say. */
export interface HostFacts {
  /** Such as `tsc`, `kvm-clock`, `arch_sys_counter`; `hpet` and `acpi_pm` take microseconds a reading. */
  readonly clockSource: string | undefined;
  /** 1, 2, or `undefined` where no control groups are mounted. */
  readonly cgroupVersion: 1 | 2 | undefined;
  readonly perfEventParanoidIndex: number | undefined;
  readonly openFilesLimitCount: number | undefined;
  /** What shows that this process runs in a container. */
  readonly containerSign: string | undefined;
  /** Of the kernel module that is loaded, such as `595.45.01`. */
  readonly nvidiaDriverVersion: string | undefined;
  readonly hasNvidiaDevice: boolean;
}

const CONTAINER_SIGNS = ['.dockerenv', 'run/.containerenv', 'var/run/secrets/kubernetes.io'];

/** Reads them below `root`, which has `proc`, `sys` and `dev`; never throws. */
export function readHostFacts(root = '/'): HostFacts {
  const sign = CONTAINER_SIGNS.find((path) => existsSync(join(root, path)));
  return {
    clockSource: read(root, 'sys/devices/system/clocksource/clocksource0/current_clocksource')?.trim(),
    cgroupVersion: cgroupVersionOf(root),
    perfEventParanoidIndex: numberOf(read(root, 'proc/sys/kernel/perf_event_paranoid')),
    openFilesLimitCount: numberOf(/^Max open files\s+(\d+)/m.exec(read(root, 'proc/self/limits') ?? '')?.[1]),
    containerSign: sign === undefined ? undefined : `/${sign}`,
    nvidiaDriverVersion: nvidiaDriverVersionOf(read(root, 'proc/driver/nvidia/version') ?? ''),
    hasNvidiaDevice: existsSync(join(root, 'dev/nvidiactl')),
  };
}

/** `NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  595.45.01  Release Build …`. */
export function nvidiaDriverVersionOf(text: string): string | undefined {
  return /^NVRM version:.*?\s(\d{3,}\.\d+(?:\.\d+)?)\s/m.exec(text)?.[1];
}

function cgroupVersionOf(root: string): 1 | 2 | undefined {
  if (existsSync(join(root, 'sys/fs/cgroup/cgroup.controllers'))) return 2;
  return existsSync(join(root, 'sys/fs/cgroup/cpu')) ? 1 : undefined;
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*-?\d+\s*$/.test(text) ? Number(text) : undefined;
}

function read(root: string, path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'latin1');
  } catch {
    return undefined;
  }
}
