import type { CauseRule } from './cause-rule.js';
import { recordedDelay } from './recorded-delay.js';

/**
 * Mechanism: a structured output's schema is compiled before the request may run.
 * Reads: the seconds that the server spent compiling grammars while a request waited for its first token.
 * Ruled out by: a counter that stands still, or grows by far less than the delay; a stall between tokens.
 */
export const GRAMMAR_COMPILE: CauseRule = {
  cause: 'grammar_compile',
  order: 'engine_record',
  highestConfidence: 0.9,
  reads: { server: ['grammar_compile_time_s'] },
  advice:
    'Send the same schema text each time so that the engine’s cache knows it, and warm up schemas: vLLM --structured-outputs-config, SGLang --grammar-backend.',
  judge: (episode, context) =>
    recordedDelay(episode, context, {
      cause: 'grammar_compile',
      metric: 'grammar_compile_time_s',
      evidenceOf: (ms) => `${ms.toFixed(0)} ms spent compiling grammars while it waited`,
    }),
};
