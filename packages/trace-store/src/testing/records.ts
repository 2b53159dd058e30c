import {
  NO_OUTCOME,
  type RequestEnd,
  type RequestStart,
  type RunEnd,
  type RunStart,
} from '@fluidscope/trace-schema';
import { durationNs, monoNs, runNs, wallNs } from '@fluidscope/units';

export const RUN_START: RunStart = {
  runId: 'run-1',
  startedWallNs: wallNs(1_790_000_000_123_456_789n),
  startedMonoNs: monoNs(86_400_000_000_001n),
  config: { url: 'http://127.0.0.1:8000', seed: 7, stages: [{ ratePerS: 10.5 }, null] },
  versions: { fluidscope: '0.1.0' },
  machine: { cpu: 'it’s "quoted"', coresCount: 2 },
  stampOverheadNs: durationNs(41),
  clockResolutionNs: durationNs(1),
};

export const RUN_END: RunEnd = { endedNs: runNs(60_000_000_000), stopReason: 'finished' };

/** A request of which no more is known than must be. */
export function requestStart(known: Partial<RequestStart> & { readonly requestIndex: number }): RequestStart {
  return {
    phase: 'measured',
    intendedNs: runNs(0),
    sentNs: undefined,
    promptTokens: undefined,
    promptTokensSource: undefined,
    maxOutputTokens: undefined,
    workerIndex: 0,
    ...known,
  };
}

/** A failed request of which no more is known than must be. */
export function requestEnd(known: Partial<RequestEnd> & { readonly requestIndex: number }): RequestEnd {
  return {
    ...NO_OUTCOME,
    status: 'error',
    errorCode: 'connect',
    endedNs: runNs(0),
    ...known,
  };
}
