import type { StreamChunk } from '@fluidscope/llm-client';

/**
 * Counts a stream's tokens while it runs, without looking into its text: by the server's own running count where the
 * first chunk with text carries one, else one a chunk with text.
 *
 * A usage that comes only once, at the end, is no running count: it would put all tokens on the last chunk.
 */
export class LiveTokenCount {
  #source: 'undecided' | 'server_usage' | 'one_per_chunk' = 'undecided';
  #soFarTokens = 0;
  #isBroken = false;

  /** Whether the server's running count covered every chunk with text and never fell. */
  get isServerCount(): boolean {
    return this.#source === 'server_usage' && !this.#isBroken;
  }

  /** Whether the server's running count was believed at first and then turned out wrong: live counts must be redone. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  count(chunk: StreamChunk): number {
    const carriesText = chunk.kind !== 'none';
    if (this.#source === 'undecided' && carriesText) {
      this.#source = (chunk.usageOutputTokensSoFar ?? 0) > 0 ? 'server_usage' : 'one_per_chunk';
    }
    switch (this.#source) {
      case 'undecided':
        return 0;
      case 'one_per_chunk':
        return carriesText ? 1 : 0;
      case 'server_usage':
        return this.#countByUsage(chunk.usageOutputTokensSoFar, carriesText);
    }
  }

  /** A token may come without text (half a character, an end token): the difference counts whatever the chunk's kind. */
  #countByUsage(soFarTokens: number | undefined, carriesText: boolean): number {
    if (soFarTokens === undefined) {
      if (carriesText) this.#isBroken = true;
      return 0;
    }
    if (soFarTokens < this.#soFarTokens) this.#isBroken = true;
    const addedTokens = Math.max(0, soFarTokens - this.#soFarTokens);
    this.#soFarTokens = Math.max(soFarTokens, this.#soFarTokens);
    return addedTokens;
  }
}
