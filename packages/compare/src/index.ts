export type { CauseCost, CauseCosts } from './cause-costs.js';
export {
  compareRuns,
  DEFAULT_COMPARE_OPTIONS,
  type ComparedFigure,
  type CompareOptions,
  type Comparison,
  type Word,
} from './compare-runs.js';
export { readComparedRun, type ComparedRun } from './compared-run.js';
export { comparisonJson, gateText } from './comparison-json.js';
export type { Difference } from './difference.js';
export { judgeGates, type GateVerdict, type JudgedGate } from './judge-gates.js';
export type { Blocks } from './replicates.js';
