export {
  butForTruth,
  type DeadlineCounts,
  type FaultTruth,
  type MissTruth,
  type Truth,
} from './but-for-truth.js';
export type { EngineSeam, TimedAction } from './engine-effects.js';
export { engineTimeline, type EngineTimeline } from './engine-timeline.js';
export type { Effect, Fault, Timing } from './fault.js';
export { createMemoryTrace, type MemoryTrace } from './memory-trace.js';
export { parseScenario } from './parse-scenario.js';
export { runScenario, runStartOf, type ScenarioRun } from './run-scenario.js';
export type { AgentClockSpec, AgentTelemetry, Load, Scenario, Telemetry } from './scenario.js';
export { windowsOf, type Window } from './timing-windows.js';
export { truthToJson } from './truth-json.js';
