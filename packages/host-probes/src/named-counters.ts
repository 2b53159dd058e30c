import type { EmitValue } from './emit-value.js';
import { bytesOf, type KernelText } from './kernel-text.js';

/** What a name means: the metric, and what its number is multiplied by. */
export interface NamedMetric {
  readonly metricId: number;
  readonly scale?: number;
}

interface Wanted {
  readonly name: Uint8Array;
  readonly metricId: number;
  readonly scale: number;
}

/**
 * Lines of `name value`, or of `name: value kB`. Such files have up to two hundred lines of which a few are wanted: a line is taken apart
 * only when its name is.
 */
export class NamedCounters {
  readonly #byFirstByte: (readonly Wanted[] | undefined)[] = [];

  constructor(metrics: Readonly<Record<string, NamedMetric>>) {
    for (const [text, { metricId, scale = 1 }] of Object.entries(metrics)) {
      const name = bytesOf(text);
      const first = name[0] ?? 0;
      this.#byFirstByte[first] = [...(this.#byFirstByte[first] ?? []), { name, metricId, scale }];
    }
  }

  emit(text: KernelText, subId: number, emit: EmitValue): void {
    do {
      const wanted = this.#wantedAt(text);
      if (wanted === undefined) continue;
      // Behind the name, its colon and whatever touches it.
      text.skipWord();
      const value = text.counter();
      if (value !== undefined) emit(wanted.metricId, subId, value * wanted.scale);
    } while (text.nextLine());
  }

  #wantedAt(text: KernelText): Wanted | undefined {
    const candidates = this.#byFirstByte[text.byte ?? 0];
    if (candidates === undefined) return undefined;
    return candidates.find(({ name }) => text.isAtName(name));
  }
}
