import type { RunningEngineFacts } from '@fluidscope/engine-launcher';
import type { LaunchPlan } from './launch-flags.js';

/** What the trace keeps of an engine that was started for its run. */
export interface RecordedEngine {
  readonly template: string;
  /** Without secrets. */
  readonly command: readonly string[];
  readonly pid: number;
  readonly ready_after_ms: number;
  readonly log_path: string;
  readonly cuda_visible_devices: string | undefined;
  /** Those of `--launch-env`; their values stay out of the trace. */
  readonly env_names: readonly string[];
}

export function recordedEngine(
  { name, command, logPath, readyAfterMs }: RunningEngineFacts,
  { env, envNames }: Pick<LaunchPlan, 'env' | 'envNames'>,
  pid: number,
): RecordedEngine {
  return {
    template: name,
    command,
    pid,
    ready_after_ms: readyAfterMs,
    log_path: logPath,
    cuda_visible_devices: env['CUDA_VISIBLE_DEVICES'],
    env_names: envNames,
  };
}
