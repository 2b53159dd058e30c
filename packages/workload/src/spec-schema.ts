import { UsageError } from '@fluidscope/errors';
import { z } from 'zod';
import { schemaProblems } from './schema-problems.js';
import type { ArrivalProcess, ArrivalSpec, ArrivalStage, LengthSpec, WorkloadSpec } from './spec.js';

/** Above the longest context of any engine: a limit against slips of the keyboard. */
const MAX_LENGTH_TOKENS = 10_000_000;
/** The 104 days to which integer nanoseconds are exact. */
const MAX_STAGE_NS = Number.MAX_SAFE_INTEGER;
/** Above, the mean gap falls under a nanosecond. */
const MAX_RATE_PER_S = 1e9;
/** Below, so many gaps are shorter than a number can hold that a schedule may hardly move on. */
const MIN_BURSTINESS = 0.001;
/** Draws this many deviations under the centre would be shorter than half a token: 2.3 % of them, at most. */
const LOWER_TAIL_DEVIATIONS = 2;

const tokens = z.int().min(1).max(MAX_LENGTH_TOKENS);
const meanTokens = z.number().min(1).max(MAX_LENGTH_TOKENS);
const stddevTokens = z.number().min(0).max(MAX_LENGTH_TOKENS);
const ratePerS = z.number().positive().max(MAX_RATE_PER_S);
const stageRatePerS = z.number().min(0).max(MAX_RATE_PER_S);
const burstiness = z.number().min(MIN_BURSTINESS).max(1e6);

const range = (spec: { minTokens: number; maxTokens: number }): boolean => spec.minTokens <= spec.maxTokens;
const rangeProblem = { path: ['maxTokens'], error: 'a number that is not below minTokens' };

const normalTail = (spec: { meanTokens: number; stddevTokens: number }): boolean =>
  spec.meanTokens - 0.5 >= LOWER_TAIL_DEVIATIONS * spec.stddevTokens;

/** The same rule for the logarithms: half a token lies two deviations under their mean, or further. */
function lognormalTail(spec: { meanTokens: number; stddevTokens: number }): boolean {
  const variance = Math.log1p((spec.stddevTokens / spec.meanTokens) ** 2);
  const centre = Math.log(spec.meanTokens) - variance / 2;
  return centre - Math.log(0.5) >= LOWER_TAIL_DEVIATIONS * Math.sqrt(variance);
}

const lengthSpecSchema: z.ZodType<LengthSpec> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('fixed'), lengthTokens: tokens }),
  z
    .strictObject({ kind: z.literal('uniform'), minTokens: tokens, maxTokens: tokens })
    .refine(range, rangeProblem),
  z.strictObject({ kind: z.literal('normal'), meanTokens, stddevTokens }).refine(normalTail, {
    path: ['stddevTokens'],
    error: 'at most half of meanTokens (lognormal takes more, without lengths below 1)',
  }),
  z.strictObject({ kind: z.literal('lognormal'), meanTokens, stddevTokens }).refine(lognormalTail, {
    path: ['stddevTokens'],
    error: 'a smaller deviation (with this one over 2.3 % of the lengths would be below 1)',
  }),
  z
    .strictObject({
      kind: z.literal('zipf'),
      exponent: z.number().min(0).max(100),
      minTokens: tokens,
      maxTokens: tokens,
    })
    .refine(range, rangeProblem),
  z.strictObject({ kind: z.literal('recorded') }),
]);

const processes = [
  z.strictObject({ kind: z.literal('constant') }),
  z.strictObject({ kind: z.literal('poisson') }),
  z.strictObject({ kind: z.literal('gamma'), burstiness }),
] as const;
const [constant, poisson, gamma] = processes;

const arrivalProcessSchema: z.ZodType<ArrivalProcess> = z.discriminatedUnion('kind', processes);

const arrivalStageSchema: z.ZodType<ArrivalStage> = z.strictObject({
  fromRatePerS: stageRatePerS,
  toRatePerS: stageRatePerS,
  durationNs: z.int().min(1).max(MAX_STAGE_NS),
});

const arrivalSpecSchema: z.ZodType<ArrivalSpec> = z.discriminatedUnion('kind', [
  constant.extend({ ratePerS }),
  poisson.extend({ ratePerS }),
  gamma.extend({ ratePerS }),
  z.strictObject({
    kind: z.literal('stages'),
    process: arrivalProcessSchema,
    stages: z
      .array(arrivalStageSchema)
      .min(1)
      .refine(
        (stages) =>
          stages.length === 0 || stages.some((stage) => stage.fromRatePerS > 0 || stage.toRatePerS > 0),
        {
          error: 'a stage with a rate above 0',
        },
      ),
  }),
  z.strictObject({ kind: z.literal('closed_loop'), concurrencyCount: z.int().min(1) }),
  z.strictObject({ kind: z.literal('all_at_once') }),
  z.strictObject({ kind: z.literal('recorded'), timeScale: z.number().positive().max(1e6) }),
]);

/** The form of a `WorkloadSpec`. What its parts and the data set must agree on is checked by `createLoadPlan`. */
export const workloadSpecSchema: z.ZodType<WorkloadSpec> = z.strictObject({
  seed: z.int().min(0),
  arrivals: arrivalSpecSchema,
  requestCount: z.int().min(1).optional(),
  warmupRequestCount: z.int().min(0),
  promptLengths: lengthSpecSchema,
  outputLengths: lengthSpecSchema,
  sharedPrefixTokens: tokens.optional(),
});

/** Checks a spec that came from outside; throws a `UsageError` with every problem in it. */
export function parseWorkloadSpec(input: unknown): WorkloadSpec {
  const result = workloadSpecSchema.safeParse(input);
  if (result.success) return result.data;
  throw new UsageError(schemaProblems(result.error, input, 'the workload'), { code: 'workload.spec' });
}
