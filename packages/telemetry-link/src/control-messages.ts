import type { Json } from '@fluidscope/trace-schema';
import { z } from 'zod';
import { agentDescriptionSchema } from './agent-description.js';

/** Version of the conversation: control messages and what frames may follow them. A server refuses one it does not know. */
export const LINK_VERSION = 1;

/** Names of the two sockets' subprotocols and paths. */
export const STREAM_PATH = '/v1/stream';
export const CLOCK_PATH = '/v1/clock';

/** The agent host's CLOCK_MONOTONIC as decimal digits: above 104 days of uptime it is no safe JSON number. */
const monoNs = z
  .string()
  .regex(/^\d{1,19}$/)
  .transform(BigInt);
const seq = z.int().min(0);
const count = z.int().min(0);
const shortText = z.string().max(200);

const selectionSchema = z.strictObject({
  metric_ids: z.array(z.int().min(1).max(65_535)).max(4096).optional(),
  gpu_indices: z.array(z.int().min(0).max(65_535)).max(4096).optional(),
  max_hz: z.number().positive().max(1_000_000).optional(),
});

/** A reader's first message. `resume` names the first item that it has not got from an earlier connection to the same stream. */
const subscribeSchema = z.object({
  type: z.literal('subscribe'),
  link_version: z.literal(LINK_VERSION),
  selection: selectionSchema.optional(),
  resume: z.object({ stream_id: shortText, next_seq: seq }).optional(),
});

/** What a reader may send. */
export const readerMessageSchema = z.discriminatedUnion('type', [subscribeSchema]);

const helloSchema = z.object({
  type: z.literal('hello'),
  link_version: z.int().min(1),
  /** New with every start of the agent: sequence numbers of one stream mean nothing in another. */
  stream_id: shortText,
  /** Frames' times are relative to this. */
  origin_mono_ns: monoNs,
  description: agentDescriptionSchema,
});

/** The answer to `subscribe`. `resumed` is false where the stream is another, or none was named. */
const subscribedSchema = z.object({
  type: z.literal('subscribed'),
  resumed: z.boolean(),
  /** The first item that will follow. */
  next_seq: seq,
});

const descriptionSchema = z.object({ type: z.literal('description'), description: agentDescriptionSchema });

const eventSchema = z.object({
  type: z.literal('event'),
  seq,
  covers_from: seq,
  kind: shortText,
  mono_ns: monoNs,
  source: shortText,
  detail: z.unknown().transform(jsonOf),
});

const lossSchema = z.object({
  type: z.literal('loss'),
  seq,
  covers_from: seq,
  reason: shortText,
  count,
  from_mono_ns: monoNs,
  to_mono_ns: monoNs,
});

/** Deeper than this no detail is honest, and what later walks it would run out of stack. */
const MAX_DETAIL_DEPTH = 32;

/** What came out of `JSON.parse` is JSON; what is too deep becomes null. */
function jsonOf(value: unknown): Json {
  return isShallow(value, MAX_DETAIL_DEPTH) ? ((value ?? null) as Json) : null;
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((part) => isShallow(part, depth - 1));
}

/** Items `from_seq` to `to_seq` will not come: this reader was too slow, or the backlog no longer had them. */
const droppedSchema = z.object({
  type: z.literal('dropped'),
  reason: z.enum(['slow_reader', 'backlog_exceeded']),
  from_seq: seq,
  to_seq: seq,
  /** null where the backlog no longer knows. */
  records_count: count.nullable(),
  from_mono_ns: monoNs.nullable(),
  to_mono_ns: monoNs.nullable(),
});

/** The last message before the server closes. */
const errorSchema = z.object({ type: z.literal('error'), code: shortText, message: z.string().max(2000) });

/** What an agent may send as text; samples come as binary frames. */
export const agentMessageSchema = z.discriminatedUnion('type', [
  helloSchema,
  subscribedSchema,
  descriptionSchema,
  eventSchema,
  lossSchema,
  droppedSchema,
  errorSchema,
]);

export type ReaderMessage = z.output<typeof readerMessageSchema>;
export type SubscribeMessage = z.output<typeof subscribeSchema>;
export type AgentMessage = z.output<typeof agentMessageSchema>;
/** As it stands in JSON: times as digits. */
export type AgentMessageJson = z.input<typeof agentMessageSchema>;

/** A message, or what is wrong with it in one line. */
export type ParsedMessage<Message> = { readonly message: Message } | { readonly problem: string };

export function parseReaderMessage(text: string): ParsedMessage<ReaderMessage> {
  return parseMessage(readerMessageSchema, text);
}

export function parseAgentMessage(text: string): ParsedMessage<AgentMessage> {
  return parseMessage(agentMessageSchema, text);
}

function parseMessage<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
): ParsedMessage<z.output<Schema>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: `expected a JSON message but received "${text.slice(0, 80)}"` };
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return { message: parsed.data };
  const [issue] = parsed.error.issues;
  const path = issue === undefined ? '' : issue.path.join('.');
  return { problem: `${path === '' ? 'message' : path}: ${(issue?.message ?? 'invalid').slice(0, 300)}` };
}
