/** One observation: how often what had this score was right, 0 to 1. */
export interface Scored {
  readonly score: number;
  readonly weight: number;
  readonly correctRatio: number;
}

/** Scores from one to another, and how often what had them was right. */
export interface Step {
  readonly fromScore: number;
  readonly toScore: number;
  readonly weight: number;
  readonly correctRatio: number;
}

/** Isotonic regression by pooling adjacent violators: the never falling steps that are nearest to the observations, in order of score. */
export function isotonicFit(observations: readonly Scored[]): Step[] {
  const steps: Step[] = [];
  for (const { score, weight, correctRatio } of observations.toSorted((a, b) => a.score - b.score)) {
    if (weight <= 0) continue;
    let step: Step = { fromScore: score, toScore: score, weight, correctRatio };
    for (let last = steps.at(-1); last !== undefined && mustJoin(last, step); last = steps.at(-1)) {
      steps.pop();
      step = joined(last, step);
    }
    steps.push(step);
  }
  return steps;
}

function mustJoin(before: Step, after: Step): boolean {
  return before.toScore === after.fromScore || before.correctRatio >= after.correctRatio;
}

function joined(before: Step, after: Step): Step {
  const weight = before.weight + after.weight;
  return {
    fromScore: before.fromScore,
    toScore: after.toScore,
    weight,
    correctRatio: (before.weight * before.correctRatio + after.weight * after.correctRatio) / weight,
  };
}
