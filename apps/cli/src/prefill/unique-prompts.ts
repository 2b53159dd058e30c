import { createLoadPlan, type Prompt, type TokenCounter } from '@fluidscope/workload';
import { randomInt } from 'node:crypto';

const LARGEST_SEED = 2 ** 31;

/**
 * Prompts that no server has seen, this process's own or another's: the seed of their texts is drawn anew each time, or the prefix cache would
 * still hold the last measurement's.
 */
export class UniquePrompts {
  readonly #tokenCounter: TokenCounter;

  constructor(tokenCounter: TokenCounter) {
    this.#tokenCounter = tokenCounter;
  }

  next(lengthTokens: number): Prompt {
    const plan = createLoadPlan(
      {
        seed: randomInt(LARGEST_SEED),
        arrivals: { kind: 'closed_loop', concurrencyCount: 1 },
        requestCount: 1,
        warmupRequestCount: 0,
        promptLengths: { kind: 'fixed', lengthTokens },
        outputLengths: { kind: 'fixed', lengthTokens: 1 },
      },
      { tokenCounter: this.#tokenCounter },
    );
    for (const request of plan.requests()) return request.buildPrompt();
    throw new Error('A plan of one request has one');
  }
}
