export {
  createEngine,
  type AdjustableEngine,
  type EngineLimits,
  type PausableEngine,
} from './batching-engine.js';
export {
  resolveEngineConfig,
  SCHEDULING_POLICIES,
  type EngineConfig,
  type EngineOverrides,
  type SchedulingPolicy,
} from './engine-config.js';
export { engineNs, type EngineNs } from './engine-time.js';
export { createFixedScheduleEngine, type FixedScheduleOptions } from './fixed-schedule-engine.js';
export { GPU_BOARD_NAMES, GPU_BOARDS, type GpuBoard, type GpuBoardName } from './gpu-boards.js';
export { CLOCK_REASONS } from './gpu-clock.js';
export { endOf, gpuConditionSchema, type GpuCondition } from './gpu-condition.js';
export { GpuGroup, type EngineHardware, type EngineStep } from './gpu-group.js';
export { type GpuActivity } from './gpu-load.js';
export { GpuModel, type GpuSegment } from './gpu-model.js';
export { GpuSensors, type GpuReading } from './gpu-sensors.js';
export { type GpuConditions } from './gpu-settings.js';
export { type GpuTotals } from './gpu-totals.js';
export { type KvTransfer } from './kv-transfer.js';
export {
  ENGINE_PROFILE_NAMES,
  ENGINE_PROFILES,
  type EngineProfile,
  type EngineProfileName,
} from './profiles.js';
export { keyedDraw } from './keyed-draw.js';
export { seededRandom, type Random } from './random.js';
export { promptKvMoved, schemaCompiled, type RequestHold } from './request-hold.js';
export type {
  CompletedIteration,
  Decode,
  Emission,
  EngineEvent,
  EngineRequest,
  EngineStats,
  PrefillChunk,
  ScheduledIteration,
  ServingEngine,
} from './serving-engine.js';
export { simulate, type Arrival, type SimulatedRequest } from './simulate.js';
export {
  DisturbedHardware,
  hostCostPerSequence,
  launchedByKernel,
  pauseEverySteps,
  pauseOncePerShape,
  slowerSteps,
  type StepDisturbance,
} from './step-disturbance.js';
export { expectedStepNs, type BatchWork, type LinearLayersPoint, type StepCosts } from './step-time.js';
