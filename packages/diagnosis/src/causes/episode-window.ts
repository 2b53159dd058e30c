import { excessPerStreamNs, type Episode } from '../episodes.js';
import type { DiagnosisContext } from './cause-rule.js';

/** When something must have happened to have delayed an episode's tokens, ns. */
export interface EpisodeWindow {
  readonly fromNs: number;
  readonly toNs: number;
  /** What the streams waited too long, each. */
  readonly excessNs: number;
  /** What the same gaps take when all is well, each stream. */
  readonly expectedNs: number;
}

/** Of decoding streams the stall itself; of first tokens the whole wait since the earliest of the requests was sent, of which all but the excess is expected. */
export function windowOf(episode: Episode): EpisodeWindow {
  const { stalls, startNs, endNs } = episode;
  const excessNs = excessPerStreamNs(episode);
  if (episode.phase === 'first_token') {
    const fromNs = stalls.reduce((first, { stream }) => Math.min(first, stream.sentNs), Infinity);
    const waitedNs =
      stalls.reduce((sum, stall) => sum + stall.endNs - stall.stream.sentNs, 0) / stalls.length;
    return { fromNs, toNs: endNs, excessNs, expectedNs: Math.max(0, waitedNs - excessNs) };
  }
  const streamsCount = new Set(stalls.map(({ stream }) => stream)).size;
  const expectedNs = stalls.reduce((sum, { expected }) => sum + expected.medianNs, 0) / streamsCount;
  return { fromNs: startNs, toNs: endNs, excessNs, expectedNs };
}

/** The parts of a window in which no stream had a token. */
export function silencesWithin(
  { fromNs, toNs }: Pick<EpisodeWindow, 'fromNs' | 'toNs'>,
  { silences }: DiagnosisContext,
): readonly { readonly fromNs: number; readonly toNs: number }[] {
  return silences
    .filter((silence) => silence.toNs > fromNs && silence.fromNs < toNs)
    .map((silence) => ({ fromNs: Math.max(fromNs, silence.fromNs), toNs: Math.min(toNs, silence.toNs) }));
}
