import type { TraceWriter } from '@fluidscope/trace-schema';
import type { RunClock } from '@fluidscope/units';
import type { RunWarning } from './run-result.js';
import type { Timers } from './timers.js';

/** What a companion records with. */
export interface CompanionTools {
  readonly writer: TraceWriter;
  readonly clock: RunClock;
  readonly timers: Timers;
}

/** Port: records beside the load into the same trace (the server's own metrics, a GPU host's samples). */
export interface RunCompanion {
  /** Resolves when it records; the load begins after that. Rejects when the run should not begin without it. */
  start(tools: CompanionTools): Promise<void>;
  /** Called once, after the load and before the trace is closed, whether or not `start` went well; nothing is appended after it resolves. */
  stop(): Promise<readonly RunWarning[]>;
}
