import { z } from 'zod';
import { ApiError, badRequest } from './api-error.js';

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

const textPart = z.object({
  type: z.literal('text', { error: 'expected "text": this server has no other kind' }),
  text: z.string(),
});

const chatBody = z.looseObject({
  ...sharedFields,
  max_completion_tokens: positive.nullish(),
  messages: z
    .array(z.looseObject({ role: z.string(), content: z.union([z.string(), z.array(textPart)]).nullish() }))
    .min(1),
});

const completionBody = z.looseObject({
  ...sharedFields,
  prompt: z.union([z.string(), z.array(z.string()).length(1), z.array(z.int().min(0)).min(1)]),
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
  const [first] = body.prompt;
  const prompt = Array.isArray(body.prompt) && typeof first === 'string' ? first : body.prompt;
  return { ...sharedMeaning(body), prompt: prompt as string | number[], maxTokens: body.max_tokens ?? 16 };
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
    unsupportedFields: UNSUPPORTED_FIELDS.filter(
      (field) => body[field] !== undefined && body[field] !== null,
    ),
  };
}

function parse<Schema extends z.ZodType>(schema: Schema, text: string): z.infer<Schema> {
  const result = schema.safeParse(parseJson(text));
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw new ApiError(
    400,
    'BadRequestError',
    problems.join('; '),
    String(result.error.issues[0]?.path[0] ?? ''),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`Expected a JSON body: ${error instanceof Error ? error.message : String(error)}`);
  }
}
