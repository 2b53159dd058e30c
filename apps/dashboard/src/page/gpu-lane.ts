import { clockEventReasonsText, isThrottled } from '@fluidscope/trace-schema';
import { whole } from './format.js';
import { Lane } from './lane.js';
import { LineStrip } from './line-strip.js';
import type { LiveStore } from './live-store.js';

const GPU_PX = 34;

export function gpuLane(store: LiveStore, gpu: number): Lane {
  const rings = store.gpus[gpu];
  const title = store.gpuNames[gpu] ?? '';
  return new Lane({
    title,
    keys: [],
    heightPx: GPU_PX,
    painter: new LineStrip({
      tops: { pct: 100 },
      lines:
        rings === undefined
          ? []
          : [
              { series: rings.utilization_gpu_pct, hue: 2, scale: 'pct', isFilled: true },
              { series: rings.power_mw, hue: 1, scale: 'power' },
              { series: rings.power_limit_mw, hue: 1, scale: 'power', isDashed: true },
              { series: rings.sm_clock_mhz, hue: 0, scale: 'clock' },
            ],
      isMarked: (column) => isThrottled(rings?.clocks_event_reasons_mask.at(column) ?? NaN),
    }),
    now: () => gpuText(store, gpu, store.newest),
  });
}

/** What a GPU did at a time: its clock, its power and what throttled it, as far as they are known. */
export function gpuText(store: LiveStore, gpu: number, column: number): string {
  const rings = store.gpus[gpu];
  if (rings === undefined) return '';
  const clock = rings.sm_clock_mhz.at(column);
  const powerMilliwatts = rings.power_mw.at(column);
  const mask = rings.clocks_event_reasons_mask.at(column);
  return [
    ...(Number.isNaN(clock) ? [] : [`${whole(clock)} MHz`]),
    ...(Number.isNaN(powerMilliwatts) ? [] : [`${whole(powerMilliwatts / 1_000)} W`]),
    ...(isThrottled(mask) ? [clockEventReasonsText(mask)] : []),
  ].join(', ');
}
