import type { LoadPlan, Prompt } from '../plan.js';
import type { DatasetRow, WorkloadSpec } from '../spec.js';

/** A small spec for tests to change. */
export const PLAN_SPEC: WorkloadSpec = {
  seed: 1,
  arrivals: { kind: 'poisson', ratePerS: 10 },
  requestCount: 20,
  warmupRequestCount: 0,
  promptLengths: { kind: 'uniform', minTokens: 20, maxTokens: 60 },
  outputLengths: { kind: 'lognormal', meanTokens: 100, stddevTokens: 50 },
};

/** A request as values alone, its prompt built. */
export function requestValues(plan: LoadPlan) {
  return Array.from(plan.requests(), ({ buildPrompt, ...request }) => ({
    ...request,
    prompt: buildPrompt(),
  }));
}

export function promptText(prompt: Prompt | undefined): string {
  if (prompt === undefined) return '';
  return prompt.kind === 'text' ? prompt.text : prompt.messages.map(({ content }) => content).join('\n');
}

export function lengthRow(
  arrivalOffsetNs: number | undefined,
  promptTokens: number,
  outputTokens: number,
): DatasetRow {
  return {
    arrivalOffsetNs,
    prompt: { kind: 'length', promptTokens },
    output: { kind: 'length', outputTokens },
  };
}
