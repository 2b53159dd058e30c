import type { EpisodeModel } from './page-model.js';
import type { StripCanvas } from './strip-canvas.js';
import type { Theme } from './theme.js';

/** Stall episodes as bands behind everything else; the one that was asked for with its edges. */
export function drawEpisodes(
  canvas: StripCanvas,
  episodes: readonly EpisodeModel[],
  { theme, activeId }: { readonly theme: Theme; readonly activeId: string | undefined },
): void {
  const { context, box, pixelRatio } = canvas;
  for (const episode of episodes) {
    context.fillStyle = episode.isMasked ? theme.masked : theme.episode;
    canvas.fillSpan(episode, { top: box.top, height: box.height, leastPixels: 1.5 });
    if (episode.id !== activeId) continue;
    context.fillStyle = theme.episodeEdge;
    for (const atS of [episode.fromS, episode.toS])
      context.fillRect(canvas.x(atS) - pixelRatio / 2, box.top, pixelRatio, box.height);
  }
}
