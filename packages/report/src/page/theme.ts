/** Colours as the style sheet has them now: light, dark or for paper. */
export interface Theme {
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly surface: string;
  readonly token: string;
  readonly stream: string;
  readonly miss: string;
  readonly wait: string;
  readonly failed: string;
  readonly warmup: string;
  readonly episode: string;
  readonly episodeEdge: string;
  readonly masked: string;
  readonly notice: string;
  /** One for each source, in turn. */
  readonly hues: readonly string[];
}

export const HUES_COUNT = 8;

export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: colour('ink'),
    muted: colour('muted'),
    grid: colour('grid'),
    surface: colour('surface'),
    token: colour('token'),
    stream: colour('stream'),
    miss: colour('miss'),
    wait: colour('wait'),
    failed: colour('failed'),
    warmup: colour('warmup'),
    episode: colour('episode'),
    episodeEdge: colour('episode-edge'),
    masked: colour('masked'),
    notice: colour('notice'),
    hues: Array.from({ length: HUES_COUNT }, (_, index) => colour(`hue-${index}`)),
  };
}

export function hueOf({ hues, ink }: Theme, hue: number): string {
  return hues[hue % hues.length] ?? ink;
}
