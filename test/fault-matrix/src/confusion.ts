import { addShare, CAUSES_OF_LOAD, type Label, type Shares } from './labels.js';

/** Missed deadlines by what they were due to and what they were laid to. */
export class Confusion {
  private readonly weights = new Map<Label, Map<Label, number>>();

  static of(entries: readonly ConfusionEntry[]): Confusion {
    const confusion = new Confusion();
    for (const [truth, claimed, weight] of entries) confusion.add(truth, claimed, weight);
    return confusion;
  }

  add(truth: Label, claimed: Label, weight: number): void {
    if (weight <= 0) return;
    const row = this.weights.get(truth) ?? new Map<Label, number>();
    this.weights.set(truth, row);
    addShare(row, claimed, weight);
  }

  /** What agrees is right; what is left of the truth is spread over what is left of the claims. */
  addMiss(truth: Shares, claimed: Shares, weight: number): void {
    const missing = new Map<Label, number>();
    const wrong = new Map(claimed);
    for (const [label, share] of truth) {
      const agreed = label === 'load' ? takeLoad(wrong, share) : take(wrong, label, share);
      this.add(label, label, weight * agreed);
      if (share - agreed > SMALLEST_SHARE) missing.set(label, share - agreed);
    }
    const left = sum(wrong.values());
    if (left <= SMALLEST_SHARE) return;
    for (const [label, share] of missing)
      for (const [instead, wrongShare] of wrong)
        this.add(label, instead, (weight * share * wrongShare) / left);
  }

  weight(truth: Label, claimed: Label): number {
    return this.weights.get(truth)?.get(claimed) ?? 0;
  }

  /** Of one truth, over all claims. */
  ofTruth(label: Label): number {
    return sum(this.weights.get(label)?.values() ?? []);
  }

  ofClaim(label: Label): number {
    return sum([...this.weights.values()].map((row) => row.get(label) ?? 0));
  }

  get total(): number {
    return sum([...this.weights.keys()].map((label) => this.ofTruth(label)));
  }

  get truths(): readonly Label[] {
    return [...this.weights.keys()];
  }

  entries(): ConfusionEntry[] {
    return [...this.weights].flatMap(([truth, row]) =>
      [...row].map(([claimed, weight]): ConfusionEntry => [truth, claimed, weight]),
    );
  }
}

export type ConfusionEntry = readonly [truth: Label, claimed: Label, weight: number];

const SMALLEST_SHARE = 1e-9;

function take(from: Map<Label, number>, label: Label, most: number): number {
  const taken = Math.min(most, from.get(label) ?? 0);
  if (taken > 0) from.set(label, (from.get(label) ?? 0) - taken);
  return taken;
}

function takeLoad(from: Map<Label, number>, most: number): number {
  let taken = 0;
  for (const label of CAUSES_OF_LOAD) taken += take(from, label, most - taken);
  return taken;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
