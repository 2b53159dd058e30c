import type { ListenAddress, TlsFiles } from '@fluidscope/guarded-server';
import type { LiveRunAbout } from '@fluidscope/live-view';
import type { AgentAccess } from '@fluidscope/telemetry-link';

/** What a live page is served with. Plain data, so that it can go to a thread. */
export interface LiveOptions {
  readonly listen: ListenAddress;
  /** Asked of who reads anything but the page itself, which holds nothing of the run. */
  readonly token?: string | undefined;
  readonly tls?: TlsFiles | undefined;
  /** Without it an address beyond loopback needs `token` and `tls`. */
  readonly isInsecureAllowed?: boolean | undefined;
  /** Names, beside localhost and this machine's own, under which the page may be opened. */
  readonly allowedHosts?: readonly string[];
  readonly agentUrls: readonly string[];
  readonly agentAccess?: AgentAccess;
  /** The run whose records are fed; absent: GPUs and hosts alone. */
  readonly run?: LiveRunAbout | undefined;
  /** CLOCK_MONOTONIC at time 0 of the page's axis: the run's start. */
  readonly zeroMonoNs: bigint;
}
