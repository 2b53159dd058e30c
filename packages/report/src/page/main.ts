import type { PageData } from '../page-data/page-data.js';
import { Charts } from './charts.js';
import { readPageModel } from './page-model.js';
import { Timeline } from './timeline.js';

function start(): void {
  const text = document.getElementById('report-data')?.textContent;
  // A page that compares runs has charts and no timeline.
  const root = document.getElementById('timeline-root');
  const main = document.getElementById('main');
  if (text === undefined || main === null) return;
  const model = readPageModel(JSON.parse(text) as PageData);
  const charts = new Charts(model);
  const timeline = root === null ? undefined : new Timeline(root, model, (request) => charts.choose(request));
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-episode]'))
    button.addEventListener('click', () => timeline?.showEpisode(button.dataset['episode'] ?? ''));
  const redraw = (): void => {
    timeline?.redraw();
    charts.redraw();
  };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  addEventListener('beforeprint', () => {
    document.documentElement.classList.add('on-paper');
    redraw();
  });
  addEventListener('afterprint', () => {
    document.documentElement.classList.remove('on-paper');
    redraw();
  });
  new ResizeObserver(() => {
    timeline?.resize();
    charts.resize();
  }).observe(root ?? main);
  document.documentElement.classList.add('ready');
}

start();
