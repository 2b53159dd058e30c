/** Colours as the style sheet has them now, light or dark. */
export interface Theme {
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly surface: string;
  readonly missing: string;
  readonly hues: readonly string[];
  readonly warn: string;
  /** By severity of a stream's state; that of no stream is the ground. */
  readonly states: readonly string[];
}

const STATE_NAMES = [
  'surface',
  'state-q',
  'state-t',
  'state-w',
  'state-first-overdue',
  'state-o',
  'state-m',
  'state-x',
];

export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: colour('ink'),
    muted: colour('muted'),
    grid: colour('grid'),
    surface: colour('surface'),
    missing: colour('missing'),
    warn: colour('state-o'),
    hues: [0, 1, 2].map((hue) => colour(`hue-${hue}`)),
    states: STATE_NAMES.map(colour),
  };
}
