import type { ProblemList } from './problem-list.js';
import { readQuantity } from './quantity.js';
import type { SmiMetric } from './smi-metrics.js';
import type { SmiGpu, SmiReading, SmiRecord, SmiUnavailable } from './smi-record.js';

export interface FieldText {
  readonly text: string;
  readonly metric: Pick<SmiMetric, 'metric' | 'unit' | 'printedUnit'>;
  /** From a header; the metric's usual unit when absent. */
  readonly printedUnit?: string;
  readonly subId?: number;
}

/** Gathers what one GPU showed. A metric counts once: the first field that has a value for it. */
export class RecordBuilder {
  readonly #problems: ProblemList;
  readonly #readings = new Map<string, SmiReading>();
  readonly #unavailable = new Map<string, SmiUnavailable>();
  readonly #otherFields: [string, string][] = [];
  #lost = false;

  constructor(problems: ProblemList) {
    this.#problems = problems;
  }

  readField({ text, metric, printedUnit, subId }: FieldText): void {
    const quantity = readQuantity(text, metric.unit, printedUnit ?? metric.printedUnit);
    switch (quantity.kind) {
      case 'value':
        this.addReading(metric.metric, quantity.value, subId);
        return;
      case 'unavailable':
        this.#unavailable.set(metric.metric, { metric: metric.metric, text: text.trim() });
        return;
      case 'lost':
        this.#lost = true;
        return;
      case 'unreadable':
        this.#problems.add('bad value', text, metric.metric);
    }
  }

  addReading(metric: string, value: number, subId?: number): void {
    const key = `${metric} ${subId ?? ''}`;
    if (this.#readings.has(key)) return;
    this.#readings.set(key, subId === undefined ? { metric, value } : { metric, value, subId });
  }

  addOther(name: string, text: string): void {
    if (/\bgpu is lost\b/i.test(text)) this.#lost = true;
    this.#otherFields.push([name, text]);
  }

  markLost(): void {
    this.#lost = true;
  }

  finish(gpu: SmiGpu, timestampText?: string): SmiRecord {
    const readings = [...this.#readings.values()];
    const found = new Set(readings.map((each) => each.metric));
    return {
      gpu,
      state: this.#lost ? 'lost' : 'ok',
      ...(timestampText === undefined ? {} : { timestampText }),
      readings,
      unavailable: [...this.#unavailable.values()].filter((each) => !found.has(each.metric)),
      otherFields: Object.fromEntries(this.#otherFields),
    };
  }
}

/** A GPU's identity from what a text gives of it; sentinels and empty texts count as absent. */
export function gpuFrom(texts: {
  readonly index?: string | undefined;
  readonly uuid?: string | undefined;
  readonly pciBusId?: string | undefined;
  readonly name?: string | undefined;
}): SmiGpu {
  const index = /^\d{1,5}$/.test(texts.index?.trim() ?? '') ? Number(texts.index) : undefined;
  const uuid = present(texts.uuid);
  const pciBusId = present(texts.pciBusId);
  const name = present(texts.name);
  return {
    ...(index === undefined ? {} : { index }),
    ...(uuid === undefined ? {} : { uuid }),
    ...(pciBusId === undefined ? {} : { pciBusId }),
    ...(name === undefined ? {} : { name }),
  };
}

function present(text: string | undefined): string | undefined {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' || /^\[.*\]$|^n\/a$/i.test(trimmed) ? undefined : trimmed;
}
