import { runNs } from '@fluidscope/units';
import { onTestFinished, vi } from 'vitest';
import type { LinkProbe } from '../client/clock-prober.js';
import {
  connectAgent,
  type AgentLink,
  type ConnectAgentOptions,
  type LinkEvent,
  type LinkLoss,
  type LinkState,
} from '../client/connect-agent.js';
import { rowsOfColumns, type SampleRow } from './sample-rows.js';

/** What a link has handed over. */
export interface RecordedLink {
  readonly link: AgentLink;
  readonly rows: SampleRow[];
  readonly events: LinkEvent[];
  readonly losses: LinkLoss[];
  readonly probes: LinkProbe[];
  readonly states: LinkState[];
  readonly descriptions: unknown[];
}

/** Connects to an agent and keeps all it sends; closed with the test. */
export function recordLink(url: string, given: Partial<ConnectAgentOptions> = {}): RecordedLink {
  const kept = {
    rows: [] as SampleRow[],
    events: [] as LinkEvent[],
    losses: [] as LinkLoss[],
    probes: [] as LinkProbe[],
    states: [] as LinkState[],
    descriptions: [] as unknown[],
  };
  const link = connectAgent(url, {
    runClock: { nowNs: () => runNs(Number(process.hrtime.bigint())) },
    onRecords: (columns) => kept.rows.push(...rowsOfColumns(columns)),
    onEvent: (event) => kept.events.push(event),
    onLoss: (loss) => kept.losses.push(loss),
    onProbe: (probe) => kept.probes.push(probe),
    onState: (state) => kept.states.push(state),
    onDescription: (description) => kept.descriptions.push(description),
    ...given,
  });
  onTestFinished(() => link.close());
  return { link, ...kept };
}

/** The recorded link, subscribed: what the source gives from now on reaches it. */
export async function connected(
  url: string,
  given: Partial<ConnectAgentOptions> = {},
): Promise<RecordedLink> {
  const recorded = recordLink(url, given);
  await recorded.link.ready;
  await until(() => recorded.states.at(-1)?.kind === 'connected');
  return recorded;
}

/** Waits for something that must come true, however slow the machine is. */
export async function until(isTrue: () => boolean): Promise<void> {
  await vi.waitUntil(isTrue, { timeout: 30_000, interval: 5 });
}
