import type { ErrorCode } from '@fluidscope/trace-schema';
import { addNs, durationNs, formatDuration, NS_PER_S, type DurationNs, type RunNs } from '@fluidscope/units';
import type { Timeouts } from './llm-client.js';

/** After its end mark a response may take this long to end; then its socket is closed rather than reused. */
const LINGER_NS = durationNs(NS_PER_S);
/** An error response's body may take this long; then its status must do. */
const ERROR_BODY_NS = durationNs(5 * NS_PER_S);

/** Where a request stands, with the time from which the limit of that state counts. */
export type ExchangePhase =
  | { readonly kind: 'queued' }
  | { readonly kind: 'connecting'; readonly sinceNs: RunNs }
  | { readonly kind: 'waiting'; readonly sinceNs: RunNs }
  | { readonly kind: 'streaming'; readonly sinceNs: RunNs; readonly isError: boolean }
  | { readonly kind: 'lingering'; readonly sinceNs: RunNs }
  | { readonly kind: 'over' };

export interface Limit {
  readonly dueNs: RunNs;
  readonly code: Extract<ErrorCode, `timeout_${string}`> | undefined;
  readonly message: string;
}

export interface LimitedState {
  readonly phase: ExchangePhase;
  readonly startedNs: RunNs;
  /** Last read of the response, headers included. */
  readonly lastReadNs: RunNs;
}

/** The limit that comes first as things stand. `code` is `undefined` where passing it is no failure by itself. */
export function nextLimit(timeouts: Timeouts, state: LimitedState): Limit | undefined {
  const { phase, startedNs } = state;
  if (phase.kind === 'over') return undefined;
  if (phase.kind === 'lingering') return quietLimit(addNs(phase.sinceNs, LINGER_NS));
  const total = limit('timeout_total', startedNs, timeouts.totalTimeoutNs, 'No end');
  const own = phaseLimit(timeouts, state);
  if (own === undefined || total === undefined) return own ?? total;
  return own.dueNs <= total.dueNs ? own : total;
}

function phaseLimit(timeouts: Timeouts, { phase, lastReadNs }: LimitedState): Limit | undefined {
  switch (phase.kind) {
    case 'connecting':
      return limit('timeout_connect', phase.sinceNs, timeouts.connectTimeoutNs, 'No connection');
    case 'waiting':
      return limit('timeout_first_byte', phase.sinceNs, timeouts.firstByteTimeoutNs, 'No response');
    case 'streaming': {
      const idle = limit('timeout_idle', lastReadNs, timeouts.idleTimeoutNs, 'Nothing more');
      const body = phase.isError ? quietLimit(addNs(phase.sinceNs, ERROR_BODY_NS)) : undefined;
      return body !== undefined && (idle === undefined || body.dueNs < idle.dueNs) ? body : idle;
    }
    case 'queued':
    case 'lingering':
    case 'over':
      return undefined;
  }
}

function limit(
  code: Extract<ErrorCode, `timeout_${string}`>,
  sinceNs: RunNs,
  timeoutNs: DurationNs | undefined,
  what: string,
): Limit | undefined {
  if (timeoutNs === undefined) return undefined;
  return {
    dueNs: addNs(sinceNs, timeoutNs),
    code,
    message: `${what} within the ${code.replace('timeout_', '').replace('_', '-')} limit of ${formatDuration(timeoutNs)}`,
  };
}

function quietLimit(dueNs: RunNs): Limit {
  return { dueNs, code: undefined, message: '' };
}
