import type uPlot from 'uplot';
import { createCurveChart } from './curve-chart.js';
import type { PageModel, RequestModel } from './page-model.js';
import { requestCurve } from './request-curve.js';
import { requestName } from './request-name.js';
import { readTheme, type Theme } from './theme.js';

const MOST_CHOICES_COUNT = 500;

/** The charts below the timeline, and the request whose tokens one of them shows. */
export class Charts {
  readonly #model: PageModel;
  readonly #charts: { readonly root: HTMLElement; readonly chart: uPlot }[] = [];
  readonly #select = document.querySelector<HTMLSelectElement>('#chosen-request');
  readonly #chosenRoot = document.getElementById('chosen-chart');
  #chosen: uPlot | undefined;
  #theme: Theme = readTheme();

  constructor(model: PageModel) {
    this.#model = model;
    for (const root of document.querySelectorAll<HTMLElement>('[data-curve]')) {
      const curve = model.curves.find(({ id }) => id === root.dataset['curve']);
      if (curve !== undefined)
        this.#charts.push({ root, chart: createCurveChart(root, curve, () => this.#theme) });
    }
    this.#fillSelect();
  }

  /** Shows the tokens of a request. */
  choose(request: RequestModel): void {
    if (this.#select === null || this.#chosenRoot === null || request.marksS.length === 0) return;
    if (![...this.#select.options].some(({ value }) => value === String(request.index)))
      this.#select.add(optionOf(request));
    this.#select.value = String(request.index);
    this.#chosen?.destroy();
    this.#chosen = createCurveChart(this.#chosenRoot, requestCurve(request, this.#model), () => this.#theme);
  }

  redraw(): void {
    this.#theme = readTheme();
    for (const { chart } of this.#charts) chart.redraw(true, true);
    this.#chosen?.redraw(true, true);
  }

  resize(): void {
    for (const { root, chart } of this.#charts) fit(chart, root);
    if (this.#chosenRoot !== null && this.#chosen !== undefined) fit(this.#chosen, this.#chosenRoot);
  }

  /** The worst first: they are what one looks for. */
  #fillSelect(): void {
    const choices = this.#model.requests
      .filter(({ marksS }) => marksS.length > 0)
      .toSorted((a, b) => b.missedCount - a.missedCount)
      .slice(0, MOST_CHOICES_COUNT);
    this.#select?.append(...choices.map(optionOf));
    this.#select?.addEventListener('change', () => {
      const chosen = this.#model.requests.find(({ index }) => String(index) === this.#select?.value);
      if (chosen !== undefined) this.choose(chosen);
    });
    const [first] = choices;
    if (first !== undefined) this.choose(first);
  }
}

function fit(chart: uPlot, root: HTMLElement): void {
  const width = Math.max(280, root.clientWidth);
  if (chart.width !== width) chart.setSize({ width, height: chart.height });
}

function optionOf({ index, missedCount, state }: RequestModel): HTMLOptionElement {
  const text = `${requestName(index)}, ${missedCount} missed${state === 'ok' ? '' : `, ${state}`}`;
  return new Option(text, String(index));
}
