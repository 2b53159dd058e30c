import type { GpuAgent, GpuAgentOptions } from '@fluidscope/gpu-agent';
import type { ListenAddress, TlsFiles } from '@fluidscope/guarded-server';
import type { TelemetryLimits } from '@fluidscope/telemetry-link';

export interface AgentOptions {
  readonly listen: ListenAddress;
  /** Asked of every request but `/healthz`. */
  readonly token?: string;
  readonly tls?: TlsFiles;
  /** Without it an address beyond loopback needs `token` and `tls`. */
  readonly isInsecureAllowed?: boolean;
  readonly allowedHosts?: readonly string[];
  readonly allowedOrigins?: readonly string[];
  /** HTTP requests a second of one address; 20 when absent. */
  readonly requestsPerS?: number;
  readonly linkLimits?: Partial<TelemetryLimits>;
  readonly gpuAgent?: GpuAgentOptions;
  /** What to serve; started with `gpuAgent` when absent. It is disposed of with the server. */
  readonly source?: GpuAgent;
  readonly onWarning?: (message: string) => void;
}
