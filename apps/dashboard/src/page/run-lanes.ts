import { countOrNone, duration, index, numberOrNull, whole } from './format.js';
import { Lane } from './lane.js';
import { LineStrip } from './line-strip.js';
import type { LiveStore, RunSeries } from './live-store.js';
import { streamRaster } from './stream-raster.js';

const RASTER_PX = 220;
const STRIP_PX = 48;

/** The streams, and the figures of the run over the same time. */
export function runLanes(store: LiveStore): readonly Lane[] {
  return [
    new Lane({
      title: 'Streams',
      keys: [],
      heightPx: RASTER_PX,
      painter: streamRaster,
      now: () => `a line each, ${whole(store.usedSlotsCount)} lines`,
    }),
    fluidityLane(store),
    requestsLane(store),
    tokensLane(store),
    latencyLane(store),
  ];
}

function fluidityLane(store: LiveStore): Lane {
  const series = store.run.fluidity;
  return new Lane({
    title: 'Fluidity-index',
    keys: ['of the window, 0 to 1'],
    heightPx: STRIP_PX,
    painter: new LineStrip({ tops: { index: 1 }, lines: [{ series, hue: 0, scale: 'index' }] }),
    now: () => index(numberOrNull(series.at(store.newest))),
  });
}

function requestsLane(store: LiveStore): Lane {
  const painter = new LineStrip({
    lines: linesOf(store, ['active', 'overdue', 'queue']).map((line) => ({ ...line, scale: 'requests' })),
  });
  const countNow = (name: RunSeries): string => countOrNone(store.run[name].at(store.newest));
  return new Lane({
    title: 'Requests',
    keys: ['active', 'overdue', 'server queue'],
    heightPx: STRIP_PX,
    painter,
    now: () => `${countNow('active')} active, ${countNow('overdue')} overdue`,
    scale: (view) => `up to ${whole(painter.topsOf(view)[0] ?? 1)}`,
  });
}

function tokensLane(store: LiveStore): Lane {
  const series = store.run.tokensPerS;
  const painter = new LineStrip({ lines: [{ series, hue: 0, scale: 'rate', isFilled: true }] });
  return new Lane({
    title: 'Tokens a second',
    keys: [],
    heightPx: STRIP_PX,
    painter,
    now: () => countOrNone(series.at(store.newest)),
    scale: (view) => `up to ${whole(painter.topsOf(view)[0] ?? 1)}`,
  });
}

function latencyLane(store: LiveStore): Lane {
  const painter = new LineStrip({ lines: linesOf(store, ['ttftP99', 'tbtP99']) });
  const now = (name: RunSeries): string => duration(numberOrNull(store.run[name].at(store.newest)));
  return new Lane({
    title: 'p99 in the window',
    keys: ['TTFT', 'TBT'],
    heightPx: STRIP_PX,
    painter,
    now: () => `${now('ttftP99')}, ${now('tbtP99')}`,
    scale: (view) => `up to ${painter.topsOf(view).map(duration).join(', ')}`,
  });
}

function linesOf(
  store: LiveStore,
  names: readonly RunSeries[],
): readonly { readonly series: LiveStore['run'][RunSeries]; readonly hue: number; readonly scale: string }[] {
  return names.map((name, hue) => ({ series: store.run[name], hue, scale: name }));
}
