import type { GpuReading } from '@fluidscope/serving-sim';
import { mergeWindows, windowAt } from '../timing-windows.js';
import { befalls, type VirtualRun } from '../virtual-run.js';

interface Override {
  readonly metric: string;
  /** `undefined`: of every GPU. */
  readonly gpuIndex: number | undefined;
  readonly value: number;
  readonly windows: ReturnType<typeof mergeWindows>;
}

/** The sensors of one replica's GPUs that a fault makes show another value than their own. */
export class SensorOverrides {
  private readonly overrides: readonly Override[];

  constructor(run: VirtualRun, replicaIndex: number) {
    this.overrides = run.faults.flatMap(({ fault, windows }) => {
      const { effect } = fault;
      if (effect.kind !== 'sensor_reads' || !befalls(fault, replicaIndex)) return [];
      const { metric, gpuIndex, value } = effect;
      return [{ metric, gpuIndex, value, windows: mergeWindows(windows) }];
    });
  }

  shown(gpuIndex: number, { metric, value, sensorNs }: GpuReading): number {
    for (const each of this.overrides) {
      if (each.metric !== metric || (each.gpuIndex ?? gpuIndex) !== gpuIndex) continue;
      if (windowAt(each.windows, sensorNs) !== undefined) return each.value;
    }
    return value;
  }
}
