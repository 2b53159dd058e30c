import type { AboutMessage } from '@fluidscope/live-view';
import { setText } from './dom.js';
import { instant } from './format.js';
import { gpuLane } from './gpu-lane.js';
import { Lane } from './lane.js';
import { columnsIn, type View } from './lane-picture.js';
import type { LiveStore } from './live-store.js';
import { readoutOf } from './readout.js';
import { runLanes } from './run-lanes.js';
import type { Theme } from './theme.js';
import { timeAxis } from './time-axis.js';

const TIME_PX = 18;
/** What a key moves by, alone and with Shift. */
const STEP_COLUMNS = 1;
const LONG_STEP_COLUMNS = 20;

/** The timeline: streams, the run's figures and each GPU over one time axis, with an instant that can be read out. */
export class Lanes {
  readonly #root: HTMLElement;
  readonly #readout: HTMLElement;
  readonly #onChanged: () => void;
  #lanes: readonly Lane[] = [];
  #store: LiveStore | undefined;
  #view: View | undefined;
  #cursor: number | undefined;
  /** By what scale of the browser's the pictures fit; undefined: they have to be fitted. */
  #fittedRatio: number | undefined;

  /** `onChanged`: something else is to be drawn. */
  constructor(root: HTMLElement, readout: HTMLElement, onChanged: () => void) {
    this.#root = root;
    this.#readout = readout;
    this.#onChanged = onChanged;
    root.addEventListener('keydown', (event) => this.#onKey(event));
    root.addEventListener('pointermove', (event) => this.#pointAt(event.clientX));
    root.addEventListener('pointerleave', () => this.#moveTo(undefined));
    new ResizeObserver(() => {
      this.#fittedRatio = undefined;
      onChanged();
    }).observe(root);
  }

  /** Begins anew for what is shown from now on. */
  reset(about: AboutMessage, store: LiveStore): void {
    this.#store = store;
    this.#view = undefined;
    this.#cursor = undefined;
    this.#fittedRatio = undefined;
    this.#lanes = [
      ...(about.run === null ? [] : runLanes(store)),
      ...store.gpuNames.map((_name, gpu) => gpuLane(store, gpu)),
      timeLane(store),
    ];
    this.#root.replaceChildren(...this.#lanes.map(({ element }) => element));
  }

  /**
   * `last`: the newest column to show, before now while the page is paused.
   *
   * @returns how many of its pictures were drawn whole
   */
  draw(theme: Theme, last: number): number {
    const store = this.#store;
    const [first] = this.#lanes;
    if (store === undefined || first === undefined || last < 0) return 0;
    this.#fit();
    const view = { store, theme, last, ...columnsIn(first.width) };
    this.#view = view;
    if (this.#cursor !== undefined) this.#cursor = Math.max(this.#cursor, firstOf(view));
    let wholeCount = 0;
    for (const lane of this.#lanes) {
      if (lane.draw(view)) wholeCount += 1;
      lane.putCursor(view, this.#cursor);
    }
    return wholeCount;
  }

  /** Texts, less often than lines are drawn: nobody reads 20 numbers a second. */
  tell(): void {
    const view = this.#view;
    if (view === undefined) return;
    for (const lane of this.#lanes) lane.tellNow(view);
    this.#readOut();
  }

  /** Asking for sizes makes the browser lay the page out: once for all, and only where they may be others. */
  #fit(): void {
    if (this.#fittedRatio === devicePixelRatio) return;
    for (const lane of this.#lanes) lane.fit();
    this.#fittedRatio = devicePixelRatio;
  }

  #onKey(event: KeyboardEvent): void {
    const view = this.#view;
    if (view === undefined) return;
    const from = this.#cursor ?? view.last;
    const step = event.shiftKey ? LONG_STEP_COLUMNS : STEP_COLUMNS;
    const targets: Readonly<Record<string, number | undefined>> = {
      ArrowLeft: from - step,
      ArrowRight: from + step,
      Home: firstOf(view),
      End: view.last,
      Escape: undefined,
    };
    if (!(event.key in targets)) return;
    event.preventDefault();
    this.#moveTo(targets[event.key]);
  }

  #pointAt(clientX: number): void {
    const [lane] = this.#lanes;
    const view = this.#view;
    if (lane === undefined || view === undefined) return;
    const { left, right } = lane.box;
    const back = Math.floor(((right - clientX) * devicePixelRatio) / view.columnPx);
    this.#moveTo(clientX < left || clientX > right ? undefined : view.last - back);
  }

  #moveTo(column: number | undefined): void {
    const view = this.#view;
    if (view === undefined) return;
    this.#cursor = column === undefined ? undefined : Math.min(view.last, Math.max(firstOf(view), column));
    this.#readOut();
    this.#onChanged();
  }

  #readOut(): void {
    if (this.#store === undefined || this.#cursor === undefined) return;
    setText(this.#readout, readoutOf(this.#store, this.#cursor));
  }
}

function firstOf({ last, shownCount }: View): number {
  return last - shownCount + 1;
}

function timeLane(store: LiveStore): Lane {
  return new Lane({
    title: 'Time',
    keys: [],
    heightPx: TIME_PX,
    painter: timeAxis,
    now: () => instant(store.timeNs(store.newest)),
  });
}
