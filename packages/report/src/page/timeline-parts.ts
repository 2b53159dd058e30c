/** The elements around the strips. */
export interface TimelineParts {
  readonly charts: HTMLElement;
  readonly window: HTMLElement;
  readonly instant: HTMLElement;
  readonly readings: HTMLElement;
  /** What a screen reader says as the cursor moves. */
  readonly live: HTMLElement;
  /** A place for one more strip, under its title. */
  addStrip(title: string, key?: HTMLElement): HTMLElement;
}

export interface TimelineActions {
  readonly zoom: (factor: number) => void;
  readonly pan: (ratio: number) => void;
  readonly whole: () => void;
}

export function createTimelineParts(root: HTMLElement, { zoom, pan, whole }: TimelineActions): TimelineParts {
  const toolbar = element('div', {
    className: 'toolbar',
    role: 'toolbar',
    ariaLabel: 'Stretch of the run that is shown',
  });
  const window = element('output', { className: 'window', ariaLabel: 'Shown' });
  toolbar.append(
    button('Zoom in', () => zoom(2)),
    button('Zoom out', () => zoom(0.5)),
    button('Earlier', () => pan(-0.5)),
    button('Later', () => pan(0.5)),
    button('Whole run', whole),
    window,
  );
  const charts = element('div', {
    className: 'charts',
    role: 'group',
    tabIndex: 0,
    ariaLabel:
      'Timeline of requests and telemetry. Arrow keys move the cursor; the table of values says what is there.',
  });
  const { aside, instant, readings } = readoutParts();
  const live = element('p', { className: 'visually-hidden' });
  live.setAttribute('aria-live', 'polite');
  const layout = element('div', { className: 'timeline-layout' });
  layout.append(charts, aside);
  root.append(toolbar, layout, live);
  return {
    charts,
    window,
    instant,
    readings,
    live,
    addStrip: (title, key) => {
      const strip = element('div', { className: 'strip' });
      const heading = element('h3', { textContent: title });
      const plot = element('div', {});
      strip.append(heading, ...(key === undefined ? [] : [key]), plot);
      charts.append(strip);
      return plot;
    },
  };
}

function readoutParts(): { aside: HTMLElement; instant: HTMLElement; readings: HTMLElement } {
  const aside = element('aside', { className: 'readout', tabIndex: 0, ariaLabel: 'Values at the cursor' });
  const heading = element('h3', { textContent: 'At ' });
  const instant = element('output', { textContent: 'the cursor' });
  heading.append(instant);
  const table = element('table', {});
  const head = element('thead', {});
  const row = element('tr', {});
  row.append(
    ...['What and where', 'Value', 'Sampled'].map((textContent) =>
      element('th', { textContent, scope: 'col' }),
    ),
  );
  head.append(row);
  const readings = element('tbody', {});
  const hint = element('td', { colSpan: 3, textContent: 'Point at the timeline, or use its arrow keys.' });
  const hintRow = element('tr', {});
  hintRow.append(hint);
  readings.append(hintRow);
  table.append(head, readings);
  aside.append(heading, table);
  return { aside, instant, readings };
}

function button(text: string, action: () => void): HTMLButtonElement {
  const made = element('button', { type: 'button', textContent: text });
  made.addEventListener('click', action);
  return made;
}

function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]>,
): HTMLElementTagNameMap[Name] {
  return Object.assign(document.createElement(name), properties);
}
