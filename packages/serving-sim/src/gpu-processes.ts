import type { GpuModel } from './gpu-model.js';
import { engineMemoryBytes, foreignMemoryBytes, percent } from './gpu-sensor-table.js';
import type { GpuReading } from './gpu-sensors.js';
import { zeroTotals } from './gpu-totals.js';

/** What a process table shows: the sampler's metrics of one process, and how many there are. */
export const PROCESS_METRICS = [
  'process_sm_pct',
  'process_memory_pct',
  'process_encoder_pct',
  'process_decoder_pct',
  'process_memory_used_bytes',
  'process_count',
] as const;

const PERIOD_NS = 1_000_000_000;

/** The driver's accounts of the processes on a GPU, once a second: the engine's, and the foreign one while it takes a share. */
export class GpuProcesses {
  nextNs = PERIOD_NS;
  private readonly since = zeroTotals();

  constructor(
    private readonly gpu: GpuModel,
    private readonly enginePid: number,
  ) {}

  /** The table as of `nextNs`, to which the GPU was advanced. */
  refresh(): readonly GpuReading[] {
    const { gpu, since, nextNs: sensorNs } = this;
    const mean = (key: keyof typeof since): number => (gpu.totals[key] - since[key]) / PERIOD_NS;
    const foreignRatio = mean('foreignNs');
    const rows: (readonly [metric: string, value: number, pid?: number])[] = [
      ...processRows(this.enginePid, {
        smRatio: Math.max(0, mean('ownBusyNs') - foreignRatio),
        dramRatio: mean('ownDramNs'),
        usedBytes: engineMemoryBytes(gpu.board),
      }),
    ];
    const { foreignRatio: foreignNow, foreignPid } = gpu.conditions;
    if (foreignNow > 0)
      rows.push(
        ...processRows(foreignPid, {
          smRatio: foreignRatio,
          dramRatio: mean('dramNs') - mean('ownDramNs'),
          usedBytes: foreignMemoryBytes(gpu),
        }),
      );
    rows.push(['process_count', foreignNow > 0 ? 2 : 1]);
    Object.assign(since, gpu.totals);
    this.nextNs += PERIOD_NS;
    return rows.map(([metric, value, pid]) => ({
      metric,
      value,
      sensorNs,
      refreshNs: PERIOD_NS,
      ...(pid === undefined ? {} : { subId: pid }),
    }));
  }
}

function processRows(
  pid: number,
  { smRatio, dramRatio, usedBytes }: { smRatio: number; dramRatio: number; usedBytes: number },
): (readonly [metric: string, value: number, pid: number])[] {
  return [
    ['process_sm_pct', percent(smRatio), pid],
    ['process_memory_pct', percent(dramRatio), pid],
    ['process_encoder_pct', 0, pid],
    ['process_decoder_pct', 0, pid],
    ['process_memory_used_bytes', usedBytes, pid],
  ];
}
