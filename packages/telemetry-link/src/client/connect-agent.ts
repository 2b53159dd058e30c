import type { Json } from '@fluidscope/trace-schema';
import type { RunClock } from '@fluidscope/units';
import type { AgentDescription } from '../agent-description.js';
import type { SampleColumns } from '../sample-columns.js';
import type { TelemetrySelection } from '../telemetry-source.js';
import { AgentSession } from './agent-session.js';
import type { LinkProbe } from './clock-prober.js';
import type { AgentAccess } from './open-socket.js';

/** Who answered: told with the first connection. */
export interface AgentHello {
  readonly agentId: string;
  /** The agent host's CLOCK_MONOTONIC that every time from this link is relative to, also after the agent was started anew. */
  readonly originMonoNs: bigint;
  readonly description: AgentDescription;
}

/** An event of the agent; `agentNs` is relative to the origin. */
export interface LinkEvent {
  readonly kind: string;
  readonly agentNs: number;
  readonly source: string;
  readonly detail: Json;
}

/** Samples that will never come. Times are relative to the agent's origin; `undefined` where nobody knows. */
export interface LinkLoss {
  /**
   * `slow_reader` (this side), `backlog_exceeded` (too long without connection), `agent_restarted`, `agent_unreachable` (until the end),
   * `sequence_gap`, or the agent's own word for a loss before the link.
   */
  readonly reason: string;
  readonly count: number | undefined;
  readonly fromAgentNs: number | undefined;
  readonly toAgentNs: number | undefined;
}

/** How the connection stands. After `disconnected` it is tried again; `ended` is for good. */
export type LinkState =
  | { readonly kind: 'connected'; readonly isResumed: boolean; readonly hello: AgentHello }
  | { readonly kind: 'disconnected'; readonly reason: string }
  | { readonly kind: 'ended'; readonly reason: string };

export interface ConnectAgentOptions extends AgentAccess {
  readonly selection?: TelemetrySelection;
  readonly runClock: RunClock;
  /** Go on trying when the agent does not answer at first; otherwise `ready` rejects at once. */
  readonly waitForAgent?: boolean;
  /** Samples as they come, in series order; the columns are the receiver's to keep. */
  readonly onRecords: (columns: SampleColumns) => void;
  readonly onEvent: (event: LinkEvent) => void;
  readonly onLoss: (loss: LinkLoss) => void;
  readonly onProbe: (probe: LinkProbe) => void;
  readonly onDescription?: (description: AgentDescription) => void;
  readonly onState: (state: LinkState) => void;
}

export interface AgentLink {
  /**
   * Rejects with `link.unreachable`, `link.untrusted` (its certificate), `link.unauthorised`, `link.refused`, `link.over-rate`,
   * `link.agent-full` or `link.not-an-agent` when the first attempt fails.
   */
  readonly ready: Promise<AgentHello>;
  /** Takes the closing burst of probes (up to a second) and disconnects. No callback is called after it resolves. */
  close(): Promise<void>;
}

/** Connects to an agent and stays connected, resuming where it was cut. Throws a `UsageError` for an address that is none. */
export function connectAgent(url: string, options: ConnectAgentOptions): AgentLink {
  return new AgentSession(url, options);
}
