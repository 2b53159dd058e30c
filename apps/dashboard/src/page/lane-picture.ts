import { COLUMNS_COUNT } from './column-ring.js';
import type { LiveStore } from './live-store.js';
import type { Theme } from './theme.js';

/** What a picture shows: the last `shownCount` columns up to and including `last`, each `columnPx` canvas pixels wide. */
export interface View {
  readonly store: LiveStore;
  readonly theme: Theme;
  readonly last: number;
  readonly shownCount: number;
  readonly columnPx: number;
}

export interface Drawing extends View {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  /** What is to be painted, up to and including `to`. */
  readonly from: number;
  readonly to: number;
}

/**
 * Paints columns. What it paints of a column depends on that column and those before it, on the theme, the size and `scaleOf`, and stays within
 * that column and those before it: so a picture to which columns were added one by one is the picture that is painted at once.
 */
export interface Painter {
  /** Once this changes, columns that are painted already would look different. */
  scaleOf(view: View): string;
  paint(drawing: Drawing): void;
}

/** Less than are kept: the oldest one shown begins at the value before it. */
const MOST_SHOWN_COUNT = COLUMNS_COUNT - 1;
/** A picture a little wider than what is kept has an empty edge rather than half as many columns of twice the width. */
const MOST_EMPTY_RATIO = 0.1;

/** Whole pixels a column, so that a picture can be moved by columns, and never less than one: no column is lost between two. */
export function columnsIn(width: number): Pick<View, 'shownCount' | 'columnPx'> {
  const columnPx = Math.ceil(width / (MOST_SHOWN_COUNT * (1 + MOST_EMPTY_RATIO)));
  return { columnPx, shownCount: Math.min(MOST_SHOWN_COUNT, Math.max(1, Math.floor(width / columnPx))) };
}

/** Where a column begins, in canvas pixels. */
export function xOf({ width, last, columnPx }: Drawing, column: number): number {
  return width - (last - column + 1) * columnPx;
}

/** A canvas whose picture moves to the left by whole columns: a frame paints its own column alone, unless something that all show has changed. */
export class LanePicture {
  readonly canvas = document.createElement('canvas');
  readonly #painter: Painter;
  /** Opaque: moving it is copying it. */
  readonly #context = this.canvas.getContext('2d', { alpha: false });
  #painted: { readonly view: View; readonly scale: string } | undefined;

  constructor(painter: Painter) {
    this.#painter = painter;
  }

  /** To the canvas's place in the page. What was painted is gone where its size is another. */
  fit(): void {
    const width = Math.max(1, Math.round(this.canvas.clientWidth * devicePixelRatio));
    const height = Math.max(1, Math.round(this.canvas.clientHeight * devicePixelRatio));
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
    this.#painted = undefined;
  }

  /** Whether it was painted whole. */
  draw(view: View): boolean {
    const scale = this.#painter.scaleOf(view);
    const context = this.#context;
    if (context === null) return false;
    const newCount = this.#newCount(view, scale);
    if (newCount === 0) return false;
    const { width, height } = this.canvas;
    const isWhole = newCount >= view.shownCount;
    if (!isWhole) context.drawImage(this.canvas, -newCount * view.columnPx, 0);
    context.fillStyle = view.theme.surface;
    const left = isWhole ? 0 : width - newCount * view.columnPx;
    context.fillRect(left, 0, width - left, height);
    this.#painter.paint({
      ...view,
      context,
      width,
      height,
      from: view.last - newCount + 1,
      to: view.last,
    });
    this.#painted = { view, scale };
    return isWhole;
  }

  /** Columns that are not painted as this view has them. */
  #newCount(view: View, scale: string): number {
    const before = this.#painted;
    if (before === undefined || before.scale !== scale) return view.shownCount;
    const { store, theme, columnPx, last } = before.view;
    const isOther = store !== view.store || theme !== view.theme || columnPx !== view.columnPx;
    if (isOther || last > view.last) return view.shownCount;
    return Math.min(view.last - last, view.shownCount);
  }
}
