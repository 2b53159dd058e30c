export {
  createAgentsCompanion,
  type AgentsCompanion,
  type AgentsOptions,
  type AgentNotice,
  type AgentSummary,
} from './agents/create-agents-companion.js';
export { RATE_LIMIT_PACINGS, type LoadSettings, type RateLimitPacing } from './load-settings.js';
export { describeMachine, type MachineDescription } from './machine.js';
export type { LoadStage, ProgressSnapshot } from './progress-snapshot.js';
export {
  createRunClock,
  measureStampOverhead,
  type ClockZero,
  type StampOverhead,
  type StartedRunClock,
} from './run-clock.js';
export type { RunControl, RunLoadOptions } from './run-load-options.js';
export type { CompanionTools, RunCompanion } from './run-companion.js';
export { createServerScrapes, type ServerScrapesOptions } from './server-scrapes.js';
export { runLoad } from './run-load.js';
export {
  chooseStampSource,
  STAMP_SOURCE_CHOICES,
  type ChosenStampSource,
  type StampSourceChoice,
} from './stamps/choose-stamp-source.js';
export {
  createLoadClient,
  type LoadClientOptions,
  type LoadClientSettings,
} from './stamps/create-load-client.js';
export type { KernelSockets, NoKernelStamps, OpenKernelSockets } from './stamps/kernel-sockets.js';
export {
  probeKernelStamps,
  type KernelStampsProbe,
  type KernelStampsProbeOptions,
} from './stamps/probe-kernel-stamps.js';
export type { LoadOrder } from './workers/load-order.js';
export { runLoadInWorkers, type RunLoadInWorkersOptions } from './workers/run-load-in-workers.js';
export type { LoadCounts, LoadWindow, RunResult, RunWarning, RunWarningCode } from './run-result.js';
export type { Cancellation, Timers } from './timers.js';
export type { PrefixTokenCounts } from './token-counting.js';
