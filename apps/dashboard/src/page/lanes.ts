import type { AboutMessage } from '@fluidscope/live-view';
import { clockEventReasonsText, isThrottled } from '@fluidscope/trace-schema';
import { duration, gibibytes, index, instant, whole } from './format.js';
import { Lane, type Span } from './lane.js';
import { createLineStrip } from './line-strip.js';
import { COLUMNS_COUNT, type LiveStore } from './live-store.js';
import { createStreamRaster } from './stream-raster.js';
import type { Theme } from './theme.js';
import { drawTimes } from './time-axis.js';

const RASTER_PX = 220;
const STRIP_PX = 48;
const GPU_PX = 34;
const TIME_PX = 18;
/** What a key moves by. */
const STEP_COLUMNS = 1;
const STATE_WORDS = [
  '',
  'not yet due',
  'with tokens in time',
  'waiting for a first token',
  'with a first token overdue',
  'with a token overdue',
  'with a late token',
  'failed',
];

/** The timeline: streams, the run's figures and each GPU over one time axis, with an instant that can be read out. */
export class Lanes {
  readonly #root: HTMLElement;
  readonly #readout: HTMLElement;
  readonly #onMoved: () => void;
  #lanes: readonly Lane[] = [];
  #store: LiveStore | undefined;
  #cursor: number | undefined;
  #shown: Span = { last: 0, shownCount: 1, cursor: undefined };

  constructor(root: HTMLElement, readout: HTMLElement, onMoved: () => void) {
    this.#root = root;
    this.#readout = readout;
    this.#onMoved = onMoved;
    root.addEventListener('keydown', (event) => this.#onKey(event));
    root.addEventListener('pointermove', (event) => this.#pointAt(event.clientX));
    root.addEventListener('pointerleave', () => this.#moveTo(undefined));
  }

  /** Begins anew for what is shown from now on. */
  reset(about: AboutMessage, store: LiveStore): void {
    this.#store = store;
    this.#cursor = undefined;
    this.#lanes = [...(about.run === null ? [] : runLanes()), ...store.gpuNames.map(gpuLane), timeLane()];
    this.#root.replaceChildren(...this.#lanes.map(({ element }) => element));
  }

  /** `last`: the newest column to show, before now while the page is paused. */
  draw(theme: Theme, last: number): void {
    const store = this.#store;
    const [first] = this.#lanes;
    if (store === undefined || first === undefined || last < 0) return;
    const shownCount = Math.min(COLUMNS_COUNT, first.width);
    if (this.#cursor !== undefined && this.#cursor <= last - shownCount) this.#cursor = last - shownCount + 1;
    this.#shown = { last, shownCount, cursor: this.#cursor };
    for (const lane of this.#lanes) lane.draw(store, theme, this.#shown);
  }

  /** Texts, less often than lines are drawn: nobody reads 20 numbers a second. */
  tell(): void {
    if (this.#store === undefined) return;
    for (const lane of this.#lanes) lane.tellNow(this.#store);
    this.#readOut();
  }

  #onKey(event: KeyboardEvent): void {
    const { last, shownCount } = this.#shown;
    const from = this.#cursor ?? last;
    const perS = 20;
    const targets: Readonly<Record<string, number | undefined>> = {
      ArrowLeft: from - (event.shiftKey ? perS : STEP_COLUMNS),
      ArrowRight: from + (event.shiftKey ? perS : STEP_COLUMNS),
      Home: last - shownCount + 1,
      End: last,
      Escape: undefined,
    };
    if (!(event.key in targets)) return;
    event.preventDefault();
    this.#moveTo(targets[event.key]);
  }

  #pointAt(clientX: number): void {
    const [lane] = this.#lanes;
    if (lane === undefined) return;
    const { last, shownCount } = this.#shown;
    const share = (clientX - lane.left) / Math.max(1, lane.widthPx);
    this.#moveTo(share < 0 || share > 1 ? undefined : Math.floor(last - shownCount + 1 + share * shownCount));
  }

  #moveTo(column: number | undefined): void {
    const { last, shownCount } = this.#shown;
    this.#cursor = column === undefined ? undefined : Math.min(last, Math.max(last - shownCount + 1, column));
    this.#readOut();
    this.#onMoved();
  }

  #readOut(): void {
    const store = this.#store;
    if (store === undefined || this.#cursor === undefined) return;
    const text = readoutOf(store, this.#cursor);
    if (this.#readout.textContent !== text) this.#readout.textContent = text;
  }
}

function runLanes(): readonly Lane[] {
  return [
    new Lane({
      title: 'Streams',
      keys: [],
      heightPx: RASTER_PX,
      draw: createStreamRaster(),
      now: (store) => `a line each, ${whole(store.usedSlotsCount)} lines`,
    }),
    new Lane({
      title: 'Fluidity-index',
      keys: ['of the window, 0 to 1'],
      heightPx: STRIP_PX,
      draw: createLineStrip({
        tops: { index: 1 },
        lines: [{ value: (store, at) => store.value('fluidity', at), hue: 0, scale: 'index' }],
      }),
      now: (store) => index(numberOrNull(store.value('fluidity', store.newest))),
    }),
    new Lane({
      title: 'Requests',
      keys: ['active', 'overdue', 'server queue'],
      heightPx: STRIP_PX,
      draw: createLineStrip({
        lines: (['active', 'overdue', 'queue'] as const).map((name, hue) => ({
          value: (store: LiveStore, at: number) => store.value(name, at),
          hue,
          scale: 'requests',
        })),
      }),
      now: (store) =>
        `${count(store.value('active', store.newest))} active, ${count(store.value('overdue', store.newest))} overdue`,
    }),
    new Lane({
      title: 'Tokens a second',
      keys: [],
      heightPx: STRIP_PX,
      draw: createLineStrip({
        lines: [
          { value: (store, at) => store.value('tokensPerS', at), hue: 0, scale: 'rate', isFilled: true },
        ],
      }),
      now: (store) => count(store.value('tokensPerS', store.newest)),
    }),
    new Lane({
      title: 'p99 in the window',
      keys: ['TTFT', 'TBT'],
      heightPx: STRIP_PX,
      draw: createLineStrip({
        lines: (['ttftP99', 'tbtP99'] as const).map((name, hue) => ({
          value: (store: LiveStore, at: number) => store.value(name, at),
          hue,
          scale: name,
        })),
      }),
      now: (store) =>
        `${duration(numberOrNull(store.value('ttftP99', store.newest)))}, ${duration(numberOrNull(store.value('tbtP99', store.newest)))}`,
    }),
  ];
}

function gpuLane(name: string, gpu: number): Lane {
  return new Lane({
    title: name,
    keys: [],
    heightPx: GPU_PX,
    draw: createLineStrip({
      tops: { pct: 100 },
      lines: [
        {
          value: (store, at) => store.gpuValue(gpu, 'utilization_gpu_pct', at),
          hue: 2,
          scale: 'pct',
          isFilled: true,
        },
        { value: (store, at) => store.gpuValue(gpu, 'power_mw', at), hue: 1, scale: 'power' },
        {
          value: (store, at) => store.gpuValue(gpu, 'power_limit_mw', at),
          hue: 1,
          scale: 'power',
          isDashed: true,
        },
        { value: (store, at) => store.gpuValue(gpu, 'sm_clock_mhz', at), hue: 0, scale: 'clock' },
      ],
      isMarked: (store, at) => isThrottled(store.gpuValue(gpu, 'clocks_event_reasons_mask', at)),
    }),
    now: (store) => gpuText(store, gpu, store.newest),
  });
}

function gpuText(store: LiveStore, gpu: number, column: number): string {
  const clock = store.gpuValue(gpu, 'sm_clock_mhz', column);
  const powerMilliwatts = store.gpuValue(gpu, 'power_mw', column);
  const mask = store.gpuValue(gpu, 'clocks_event_reasons_mask', column);
  return [
    ...(Number.isNaN(clock) ? [] : [`${whole(clock)} MHz`]),
    ...(Number.isNaN(powerMilliwatts) ? [] : [`${whole(powerMilliwatts / 1_000)} W`]),
    ...(isThrottled(mask) ? [clockEventReasonsText(mask)] : []),
  ].join(', ');
}

function readoutOf(store: LiveStore, column: number): string {
  const at = `At ${instant(store.timeNs(column))}`;
  if (!store.isHere(column)) return `${at}: this page saw nothing of that time.`;
  const states = store.statesAt(column);
  const streams = states.flatMap((found, severity) =>
    severity === 0 || found === 0 ? [] : [`${whole(found)} ${STATE_WORDS[severity] ?? ''}`],
  );
  const fluidity = numberOrNull(store.value('fluidity', column));
  const ratePerS = store.value('tokensPerS', column);
  const gpus = store.gpuNames.map((_name, gpu) => {
    const used = store.gpuValue(gpu, 'memory_used_bytes', column);
    const memory = Number.isNaN(used) ? '' : `, ${gibibytes(used)} GiB`;
    return `GPU ${gpu + 1} of ${store.gpuNames.length}: ${gpuText(store, gpu, column)}${memory}`;
  });
  return [
    at,
    ...(streams.length === 0 ? [] : [`streams: ${streams.join(', ')}`]),
    ...(fluidity === null ? [] : [`fluidity ${index(fluidity)}`]),
    ...(Number.isNaN(ratePerS) ? [] : [`${whole(ratePerS)} tokens/s`]),
    ...gpus,
  ].join('; ');
}

function timeLane(): Lane {
  return new Lane({
    title: 'Time',
    keys: [],
    heightPx: TIME_PX,
    draw: drawTimes,
    now: (store) => instant(store.timeNs(store.newest)),
  });
}

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function count(value: number): string {
  return Number.isNaN(value) ? '–' : whole(value);
}
