export type { ChatMessage, LoadPlan, PlannedRequest, Prompt, PromptLengthSource, TokenCounter } from './plan.js';
