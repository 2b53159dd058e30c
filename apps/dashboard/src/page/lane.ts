import { setText } from './dom.js';
import { LanePicture, type Painter, type View } from './lane-picture.js';

export interface LaneOptions {
  readonly title: string;
  /** What the lines are, in order of their hues. */
  readonly keys: readonly string[];
  readonly heightPx: number;
  readonly painter: Painter;
  /** What stands beside it: its values now. */
  readonly now: () => string;
  /** Up to where its scales reach, where that is not plain. */
  readonly scale?: (view: View) => string;
}

/** One strip of the timeline: its name, its picture, the cursor over it, its values now. */
export class Lane {
  readonly element = document.createElement('div');
  readonly #picture: LanePicture;
  readonly #cursor = document.createElement('i');
  readonly #now = document.createElement('p');
  readonly #scale = document.createElement('p');
  readonly #options: LaneOptions;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#picture = new LanePicture(options.painter);
    this.element.className = 'lane';
    const head = document.createElement('div');
    const title = document.createElement('h3');
    title.textContent = options.title;
    head.append(title);
    if (options.keys.length > 0) head.append(keyOf(options.keys));
    this.#scale.className = 'key';
    if (options.scale !== undefined) head.append(this.#scale);
    const plot = document.createElement('div');
    plot.className = 'plot';
    plot.setAttribute('aria-hidden', 'true');
    plot.style.setProperty('--lane-height', `${options.heightPx}px`);
    this.#cursor.hidden = true;
    plot.append(this.#picture.canvas, this.#cursor);
    this.#now.className = 'now';
    this.element.append(head, plot, this.#now);
  }

  /** In canvas pixels. */
  get width(): number {
    return this.#picture.canvas.width;
  }

  /** Where its picture is in the window. */
  get box(): DOMRect {
    return this.#picture.canvas.getBoundingClientRect();
  }

  fit(): void {
    this.#picture.fit();
  }

  /** Whether it was drawn whole. */
  draw(view: View): boolean {
    return this.#picture.draw(view);
  }

  /** Over the picture and not in it: moving it draws nothing anew. */
  putCursor({ last, columnPx }: View, column: number | undefined): void {
    if (this.#cursor.hidden !== (column === undefined)) this.#cursor.hidden = column === undefined;
    if (column === undefined) return;
    const x = this.width - (last - column + 0.5) * columnPx;
    this.#cursor.style.transform = `translateX(${x / devicePixelRatio}px)`;
  }

  tellNow(view: View): void {
    setText(this.#now, this.#options.now());
    if (this.#options.scale !== undefined) setText(this.#scale, this.#options.scale(view));
  }
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
