import type { DurationNs } from '@fluidscope/units';

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

/** What is sent: one text, or a conversation. A client turns either into its endpoint's form. */
export type Prompt =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'messages'; readonly messages: readonly ChatMessage[] };

/** How `promptTokens` is known: counted by a tokenizer, by a stated approximation, or as the data set recorded it. */
export type PromptLengthSource = 'tokenizer' | 'approximation' | 'recorded';

export interface PlannedRequest {
  /** From 0 over the whole plan, warm-up first. A shard keeps these numbers. */
  readonly requestIndex: number;
  readonly phase: 'warmup' | 'measured';
  /** When to send, from the start of the load; `undefined` in a closed loop: as soon as a slot is free. */
  readonly intendedOffsetNs: DurationNs | undefined;
  /** Tokens the data set or the length distribution asked for; `undefined` where the data set does not say. */
  readonly promptTokens: number | undefined;
  readonly promptTokensSource: PromptLengthSource | undefined;
  /** Output tokens to ask for; `undefined` leaves the end to the model. */
  readonly outputTokens: number | undefined;
  /** What it must meet by itself, as the data set says; absent: what the run asks of all. Warm-up requests have none. */
  readonly slo?: string | undefined;
  /** Builds the prompt (deferred: a shard skips the others'). The same text at every call. */
  buildPrompt(): Prompt;
}

/** A load, divisible by construction: iterating twice, or in another process, gives the same requests. */
export interface LoadPlan {
  /** Requests in order of `requestIndex`; finite or not (a duration then ends it). */
  requests(): Iterable<PlannedRequest>;
  /** Requests in flight at once in a closed loop; `undefined` when arrivals follow a schedule. */
  readonly concurrencyCount: number | undefined;
  /** How many requests there are, or `undefined` when the plan has no end of its own. */
  readonly requestCount: number | undefined;
}

/** Port: counts and cuts text by tokens. Implemented by a real tokenizer or by a stated approximation. */
export interface TokenCounter {
  readonly source: 'tokenizer' | 'approximation';
  /** For the trace: the model folder's name and a hash, or the rule of the approximation. */
  readonly description: string;
  /** Tokens of `text`, no special tokens added. */
  countTokens(text: string): number;
}
