import { z } from 'zod';
import { badRequest } from './api-error.js';

const positive = z.int().min(1);

const sharedFields = {
  model: z.string().nullish(),
  max_tokens: positive.nullish(),
  min_tokens: z.int().min(0).nullish(),
  ignore_eos: z.boolean().nullish(),
  n: z.literal(1, { error: 'expected 1: this server gives one choice a request' }).nullish(),
  seed: z.int().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z
    .object({ include_usage: z.boolean().nullish(), continuous_usage_stats: z.boolean().nullish() })
    .nullish(),
};

const content = z.union([z.string(), z.array(z.object({ type: z.literal('text'), text: z.string() }))], {
  error: 'expected a text or a list of {"type": "text", "text": …}: this server reads nothing else',
});

const chatBody = z.looseObject({
  ...sharedFields,
  max_completion_tokens: positive.nullish(),
  messages: z.array(z.looseObject({ role: z.string(), content: content.nullish() })).min(1),
});

const completionBody = z.looseObject({
  ...sharedFields,
  prompt: z.union([z.string(), z.array(z.string()).length(1), z.array(z.int().min(0)).min(1)], {
    error: 'expected a text, a list of one text, or a list of token ids',
  }),
});

/** A request as both endpoints mean it. */
export interface GenerationRequest {
  readonly model: string | undefined;
  readonly prompt: string | readonly number[];
  readonly maxTokens: number | undefined;
  readonly minTokens: number;
  readonly ignoreEos: boolean;
  readonly seed: number | undefined;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly continuousUsage: boolean;
  /** Fields that ask for something this server does not do. */
  readonly unsupportedFields: readonly string[];
}

/** Fields that would change what comes back; sampling fields such as `temperature` would not, and are dropped silently. */
const UNSUPPORTED_FIELDS = [
  'stop',
  'stop_token_ids',
  'logprobs',
  'top_logprobs',
  'prompt_logprobs',
  'tools',
  'tool_choice',
  'functions',
  'response_format',
  'structured_outputs',
  'guided_json',
  'echo',
  'suffix',
  'best_of',
  'use_beam_search',
];

/** Reads a body of `/v1/chat/completions`; throws `ApiError` with every problem in it. */
export function readChatBody(text: string): GenerationRequest {
  const body = parse(chatBody, text);
  const prompt = body.messages.map(({ content }) => contentText(content)).join('\n');
  const maxTokens = body.max_completion_tokens ?? body.max_tokens ?? undefined;
  return { ...sharedMeaning(body), prompt, maxTokens };
}

/** Reads a body of `/v1/completions`; throws `ApiError` with every problem in it. `max_tokens` is 16 when absent, as in vLLM. */
export function readCompletionBody(text: string): GenerationRequest {
  const body = parse(completionBody, text);
  return { ...sharedMeaning(body), prompt: onePrompt(body.prompt), maxTokens: body.max_tokens ?? 16 };
}

function onePrompt(prompt: string | string[] | number[]): string | number[] {
  if (typeof prompt === 'string') return prompt;
  return isIds(prompt) ? prompt : prompt.join('');
}

function isIds(prompt: string[] | number[]): prompt is number[] {
  return typeof prompt[0] === 'number';
}

function contentText(content: string | { text: string }[] | null | undefined): string {
  if (content === null || content === undefined) return '';
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('\n');
}

function sharedMeaning(body: z.infer<z.ZodObject<typeof sharedFields>> & Record<string, unknown>) {
  const stream = body.stream ?? false;
  if (!stream && body.stream_options) {
    throw badRequest('Stream options can only be defined when `stream=True`.', 'stream_options');
  }
  return {
    model: body.model ?? undefined,
    minTokens: body.min_tokens ?? 0,
    ignoreEos: body.ignore_eos ?? false,
    seed: body.seed ?? undefined,
    stream,
    includeUsage: body.stream_options?.include_usage ?? false,
    continuousUsage:
      (body.stream_options?.include_usage ?? false) && (body.stream_options?.continuous_usage_stats ?? false),
    unsupportedFields: UNSUPPORTED_FIELDS.filter((field) => asksForSomething(body[field])),
  };
}

function asksForSomething(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

function parse<Schema extends z.ZodType>(schema: Schema, text: string): z.infer<Schema> {
  const result = schema.safeParse(parseJson(text));
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  const [param] = result.error.issues[0]?.path ?? [];
  throw badRequest(problems.join('; '), param === undefined ? null : String(param));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`Expected a JSON body: ${error instanceof Error ? error.message : String(error)}`);
  }
}
