export {
  EXIT_STATUS,
  FluidscopeError,
  messageOf,
  UsageError,
  type ExitStatus,
  type FluidscopeErrorOptions,
} from './fluidscope-error.js';
