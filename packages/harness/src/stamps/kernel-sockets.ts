import { messageOf } from '@fluidscope/errors';
import type { StampedSockets } from '@fluidscope/llm-client';
import { ArrivalSockets } from '@fluidscope/tcp-arrival';
import type { MonoNs } from '@fluidscope/units';
import type { ConnectionSampling } from '../transport/connection-sampling.js';

/** Sockets whose bytes the kernel stamps, what it knows of their connections, and their thread, which `dispose` ends. */
export interface KernelSockets extends StampedSockets, ConnectionSampling, Disposable {}

export interface NoKernelStamps {
  readonly reason: string;
  readonly hint: string;
}

/** Port: opens the sockets of one JavaScript thread, with stamps relative to `originMonoNs`. Never throws. */
export type OpenKernelSockets = (originMonoNs: MonoNs) => KernelSockets | NoKernelStamps;

export const openKernelSockets: OpenKernelSockets = (originMonoNs) => {
  try {
    return ArrivalSockets.open(originMonoNs);
  } catch (thrown) {
    return {
      reason: `the thread that reads the sockets could not start (${messageOf(thrown)})`,
      hint: 'Raise the limits of threads and open files: ulimit -u, ulimit -n',
    };
  }
};
