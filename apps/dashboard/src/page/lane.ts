import type { LiveStore } from './live-store.js';
import type { Theme } from './theme.js';

/** The columns that a lane shows: the last `shownCount` up to and including `last`. */
export interface Span {
  readonly last: number;
  readonly shownCount: number;
  /** The column that is read out; `undefined` for none. */
  readonly cursor: number | undefined;
}

export interface Drawing {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly store: LiveStore;
  readonly theme: Theme;
  readonly span: Span;
}

export type Draw = (drawing: Drawing) => void;

export interface LaneOptions {
  readonly title: string;
  /** What the lines are, in order of their hues. */
  readonly keys: readonly string[];
  readonly heightPx: number;
  readonly draw: Draw;
  /** What stands beside it: its values now. */
  readonly now: (store: LiveStore) => string;
}

/** One strip of the timeline: its name, its canvas, its values now. */
export class Lane {
  readonly element = document.createElement('div');
  readonly #canvas = document.createElement('canvas');
  readonly #now = document.createElement('p');
  readonly #options: LaneOptions;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.element.className = 'lane';
    const head = document.createElement('div');
    const title = document.createElement('h3');
    title.textContent = options.title;
    head.append(title);
    if (options.keys.length > 0) head.append(keyOf(options.keys));
    this.#canvas.style.setProperty('--lane-height', `${options.heightPx}px`);
    this.#canvas.setAttribute('aria-hidden', 'true');
    this.#now.className = 'now';
    this.element.append(head, this.#canvas, this.#now);
  }

  /** In canvas pixels. */
  get width(): number {
    return Math.max(1, Math.round(this.#canvas.clientWidth * devicePixelRatio));
  }

  get left(): number {
    return this.#canvas.getBoundingClientRect().left;
  }

  get widthPx(): number {
    return this.#canvas.clientWidth;
  }

  draw(store: LiveStore, theme: Theme, span: Span): void {
    const canvas = this.#canvas;
    const { width } = this;
    const height = Math.max(1, Math.round(canvas.clientHeight * devicePixelRatio));
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const context = canvas.getContext('2d');
    if (context === null) return;
    context.clearRect(0, 0, width, height);
    const drawing = { context, width, height, store, theme, span };
    this.#options.draw(drawing);
    drawCursor(drawing);
  }

  tellNow(store: LiveStore): void {
    const text = this.#options.now(store);
    if (this.#now.textContent !== text) this.#now.textContent = text;
  }
}

/** Where a column begins, in canvas pixels. */
export function xOf({ width, span }: Pick<Drawing, 'width' | 'span'>, column: number): number {
  return ((column - (span.last - span.shownCount + 1)) / span.shownCount) * width;
}

function keyOf(keys: readonly string[]): HTMLElement {
  const key = document.createElement('p');
  key.className = 'key';
  keys.forEach((words, hue) => {
    const part = document.createElement('b');
    part.className = `h${hue}`;
    part.textContent = words;
    key.append(...(hue === 0 ? [] : [' ']), part);
  });
  return key;
}

function drawCursor(drawing: Drawing): void {
  const { context, height, span, theme } = drawing;
  if (span.cursor === undefined) return;
  context.fillStyle = theme.ink;
  context.fillRect(
    Math.round(xOf(drawing, span.cursor + 0.5)),
    0,
    Math.max(1, Math.round(devicePixelRatio)),
    height,
  );
}
