export { approximateTokenCounter } from './approximate-token-counter.js';
export { parseArrivalStages, type TextProblem } from './arrival-stages-text.js';
export { MOONCAKE_BLOCK_TOKENS } from './block-prompt.js';
export { createLoadPlan, type LoadPlanDeps } from './create-load-plan.js';
export { DATASET_FORMATS, parseDataset, type Dataset, type DatasetFormat } from './dataset/parse-dataset.js';
export { parseLengthSpec } from './length-spec-text.js';
export type {
  ChatMessage,
  LoadPlan,
  PlannedRequest,
  Prompt,
  PromptLengthSource,
  TokenCounter,
} from './plan.js';
export { schemaProblems } from './schema-problems.js';
export { shardPlan } from './shard-plan.js';
export { parseWorkloadSpec, workloadSpecSchema } from './spec-schema.js';
export type {
  ArrivalProcess,
  ArrivalSpec,
  ArrivalStage,
  DatasetOutput,
  DatasetPrompt,
  DatasetRow,
  LengthSpec,
  WorkloadSpec,
} from './spec.js';
