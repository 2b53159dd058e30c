import type uPlot from 'uplot';
import { drawEpisodes } from './draw-episodes.js';
import { drawLaneNames, drawLanes, LANE_HEIGHT_PIXELS } from './draw-lanes.js';
import { drawLines, rangeOfLines } from './draw-lines.js';
import { drawRequests } from './draw-requests.js';
import { lineKey } from './line-key.js';
import type { LineModel, PageModel, PanelModel, RequestModel } from './page-model.js';
import { formatSeconds, readingsAt, showReadings } from './readout.js';
import { createStrip, type StripContent } from './strip.js';
import { readTheme, type Theme } from './theme.js';
import { createTimelineParts, type TimelineParts } from './timeline-parts.js';

const LEFT_WIDTH = 166;
const NARROW_LEFT_WIDTH = 60;
const NARROW_WIDTH = 520;
const LINES_HEIGHT = 92;
const LEAST_SPAN_S = 0.0005;
const ZOOM_FACTOR = 2;
const PAN_RATIO = 0.5;
const KEY_STEPS_COUNT = 200;

/** The strips over one time axis: which stretch is shown, where the cursor stands, and which episode was asked for. */
export class Timeline {
  readonly #model: PageModel;
  readonly #parts: TimelineParts;
  readonly #onPick: (request: RequestModel) => void;
  #strips: readonly uPlot[] = [];
  #theme: Theme = readTheme();
  #fromS = 0;
  #toS: number;
  #cursorS: number | undefined;
  #pointed: RequestModel | undefined;
  #activeId: string | undefined;
  #isReadoutDue = false;

  constructor(root: HTMLElement, model: PageModel, onPick: (request: RequestModel) => void) {
    this.#model = model;
    this.#onPick = onPick;
    this.#toS = model.endS;
    this.#parts = createTimelineParts(root, {
      zoom: (factor) => this.#zoom(factor),
      pan: (ratio) => this.#pan(ratio),
      whole: () => this.show(0, model.endS),
    });
    this.#parts.charts.addEventListener('keydown', (event) => this.#onKey(event));
    this.#build();
  }

  /** Shows a stretch of the run, cut to it. */
  show(fromS: number, toS: number): void {
    const { endS } = this.#model;
    const spanS = Math.min(endS, Math.max(LEAST_SPAN_S, toS - fromS));
    this.#fromS = Math.min(Math.max(0, fromS), endS - spanS);
    this.#toS = this.#fromS + spanS;
    for (const strip of this.#strips) strip.setScale('x', { min: this.#fromS, max: this.#toS });
    this.#parts.window.textContent = `${this.#fromS.toFixed(3)} s to ${this.#toS.toFixed(3)} s`;
  }

  /** An episode with as much again on both sides, the cursor at its middle. */
  showEpisode(episodeId: string): void {
    const episode = this.#model.episodes.find(({ id }) => id === episodeId);
    if (episode === undefined) return;
    this.#activeId = episodeId;
    const spanS = Math.max(0.05, episode.toS - episode.fromS);
    this.show(episode.fromS - spanS, episode.toS + spanS);
    this.redraw();
    this.#moveCursor((episode.fromS + episode.toS) / 2);
    this.#parts.charts.scrollIntoView({ block: 'nearest' });
    this.#parts.charts.focus({ preventScroll: true });
    this.#announce(
      `Episode ${episodeId}, ${episode.cause}, ${formatSeconds(episode.toS - episode.fromS)} long`,
    );
  }

  /** After the colours changed. */
  redraw(): void {
    this.#theme = readTheme();
    for (const strip of this.#strips) strip.redraw(false, true);
    this.#showReadout();
  }

  /** After the width changed. */
  resize(): void {
    const width = this.#width();
    for (const strip of this.#strips)
      if (strip.width !== width) strip.setSize({ width, height: strip.height });
  }

  #width(): number {
    return Math.max(280, this.#parts.charts.clientWidth);
  }

  #build(): void {
    const width = this.#width();
    const look = {
      theme: () => this.#theme,
      width,
      leftWidth: width < NARROW_WIDTH ? NARROW_LEFT_WIDTH : LEFT_WIDTH,
    };
    const contents = [
      this.#requestsContent(),
      ...this.#model.panels.map((panel, at, panels) => this.#contentOf(panel, linesAbove(panels, at))),
    ];
    this.#strips = contents.map((content, index) => {
      const root = this.#parts.addStrip(content.title, content.key);
      const events = {
        onSelect: (fromS: number, toS: number): void => this.show(fromS, toS),
        onHover: (timeS: number | undefined, heightRatio: number | undefined): void =>
          this.#hover(timeS, index === 0 ? heightRatio : undefined),
        onWhole: (): void => this.show(0, this.#model.endS),
      };
      const strip = createStrip(root, content, { look, events, endS: this.#model.endS });
      if (index === 0) strip.over.addEventListener('click', () => this.#pick());
      this.#letDragMove(strip.over);
      return strip;
    });
    this.show(0, this.#model.endS);
  }

  #requestsContent(): StripContent {
    const height = Math.min(420, Math.max(60, this.#model.slotsCount * 9));
    return {
      title: `Requests: ${this.#model.requests.length}, at most ${this.#model.slotsCount} at once`,
      height,
      drawBehind: (canvas) => this.#drawEpisodes(canvas),
      draw: (canvas) => drawRequests(canvas, this.#model, this.#theme),
    };
  }

  #contentOf(panel: PanelModel, above: readonly LineModel[]): StripContent {
    const drawBehind: StripContent['drawBehind'] = (canvas) => this.#drawEpisodes(canvas);
    switch (panel.kind) {
      case 'lines': {
        const range = rangeOfLines(panel.lines);
        return {
          title: `${panel.title}, ${panel.unit}`,
          key: lineKey(panel.lines, above),
          height: LINES_HEIGHT,
          range,
          drawBehind,
          draw: (canvas) => drawLines(canvas, panel.lines, { theme: this.#theme, range }),
        };
      }
      case 'lanes':
        return {
          title: panel.lanes.length === 0 ? `${panel.title}: none held a clock down` : panel.title,
          height: Math.max(1, panel.lanes.length) * LANE_HEIGHT_PIXELS + 6,
          drawBehind,
          draw: (canvas) => drawLanes(canvas, panel.lanes, this.#theme),
          drawOutside: (canvas) => drawLaneNames(canvas, panel.lanes, this.#theme),
        };
    }
  }

  #drawEpisodes(canvas: Parameters<StripContent['draw']>[0]): void {
    drawEpisodes(canvas, this.#model.episodes, { theme: this.#theme, activeId: this.#activeId });
  }

  #hover(timeS: number | undefined, heightRatio: number | undefined): void {
    if (timeS === undefined) return;
    this.#cursorS = timeS;
    if (heightRatio !== undefined) {
      const slot = Math.floor(heightRatio * this.#model.slotsCount);
      this.#pointed = this.#model.requests.find(
        (each) => each.slot === slot && each.intendedS <= timeS && timeS <= each.endS,
      );
    }
    if (this.#isReadoutDue) return;
    this.#isReadoutDue = true;
    requestAnimationFrame(() => {
      this.#isReadoutDue = false;
      this.#showReadout();
    });
  }

  #showReadout(): void {
    if (this.#cursorS === undefined) return;
    this.#parts.instant.textContent = `${this.#cursorS.toFixed(4)} s`;
    showReadings(this.#parts.readings, readingsAt(this.#model, this.#cursorS, this.#pointed), this.#theme);
  }

  #pick(): void {
    if (this.#pointed !== undefined) this.#onPick(this.#pointed);
  }

  /** With Shift held, dragging moves the window instead of selecting. */
  #letDragMove(over: HTMLElement): void {
    over.addEventListener(
      'mousedown',
      (down) => {
        if (!down.shiftKey) return;
        down.stopImmediatePropagation();
        down.preventDefault();
        const [fromS, spanS] = [this.#fromS, this.#toS - this.#fromS];
        const move = (event: MouseEvent): void => {
          const movedS = ((down.clientX - event.clientX) / over.clientWidth) * spanS;
          this.show(fromS + movedS, fromS + movedS + spanS);
        };
        const end = (): void => {
          document.removeEventListener('mousemove', move);
          document.removeEventListener('mouseup', end);
        };
        document.addEventListener('mousemove', move);
        document.addEventListener('mouseup', end);
      },
      { capture: true },
    );
  }

  #zoom(factor: number): void {
    const spanS = (this.#toS - this.#fromS) / factor;
    const isInside =
      this.#cursorS !== undefined && this.#cursorS >= this.#fromS && this.#cursorS <= this.#toS;
    const centreS = isInside ? (this.#cursorS ?? 0) : (this.#fromS + this.#toS) / 2;
    this.show(centreS - spanS / 2, centreS + spanS / 2);
  }

  #pan(ratio: number): void {
    const movedS = ratio * (this.#toS - this.#fromS);
    this.show(this.#fromS + movedS, this.#toS + movedS);
  }

  #onKey(event: KeyboardEvent): void {
    const action = this.#actionOf(event.key, event.shiftKey ? 10 : 1);
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  }

  #actionOf(key: string, stepsCount: number): (() => void) | undefined {
    const stepS = (stepsCount * (this.#toS - this.#fromS)) / KEY_STEPS_COUNT;
    const cursorS = this.#cursorS ?? (this.#fromS + this.#toS) / 2;
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => this.#step(cursorS - stepS),
      ArrowRight: () => this.#step(cursorS + stepS),
      '+': () => this.#zoom(ZOOM_FACTOR),
      '=': () => this.#zoom(ZOOM_FACTOR),
      '-': () => this.#zoom(1 / ZOOM_FACTOR),
      PageUp: () => this.#pan(-PAN_RATIO),
      PageDown: () => this.#pan(PAN_RATIO),
      Home: () => this.show(0, this.#model.endS),
    };
    return actions[key];
  }

  #step(timeS: number): void {
    const atS = Math.min(Math.max(0, timeS), this.#model.endS);
    if (atS < this.#fromS) this.#pan(-PAN_RATIO);
    else if (atS > this.#toS) this.#pan(PAN_RATIO);
    this.#moveCursor(atS);
    const told = readingsAt(this.#model, atS, undefined)
      .slice(0, 8)
      .map(({ label, text }) => `${label} ${text}`);
    this.#announce(`${atS.toFixed(3)} seconds: ${told.join(', ')}`);
  }

  #moveCursor(timeS: number): void {
    const [strip] = this.#strips;
    if (strip === undefined) return;
    this.#pointed = undefined;
    strip.setCursor({ left: strip.valToPos(timeS, 'x'), top: -1 });
    for (const other of this.#strips.slice(1)) other.setCursor({ left: other.valToPos(timeS, 'x'), top: -1 });
    this.#cursorS = timeS;
    this.#showReadout();
  }

  #announce(text: string): void {
    this.#parts.live.textContent = text;
  }
}

/** Of the nearest strip above that has lines. */
function linesAbove(panels: readonly PanelModel[], at: number): readonly LineModel[] {
  const above = panels.slice(0, at).findLast(({ kind }) => kind === 'lines');
  return above?.kind === 'lines' ? above.lines : [];
}
