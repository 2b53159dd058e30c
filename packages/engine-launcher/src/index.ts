export {
  engineCommand,
  placeholdersOf,
  templateText,
  type EngineCommand,
  type PlaceholderValues,
} from './engine-command.js';
export {
  ENGINE_TEMPLATES,
  readEngineTemplate,
  type EngineTemplate,
  type ReadTemplateOptions,
} from './engine-templates.js';
export { launchEngine, type EngineLaunch, type EngineWait } from './launch-engine.js';
export { RunningEngine, type EngineStop, type RunningEngineFacts } from './running-engine.js';
export type { CommandProblem } from './split-words.js';
