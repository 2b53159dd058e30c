import { z } from 'zod';

/** What a capacity is a number of. */
export const LOAD_KINDS = ['request_rate', 'concurrency'] as const;
export type LoadKind = (typeof LOAD_KINDS)[number];

const effort = {
  by: z.enum(LOAD_KINDS),
  requests_count: z.int().min(0).optional(),
  binds: z.string().optional(),
  /** What ended the search before it was as precise as asked: a flag, or a limit of the search. */
  ended_by: z.string().optional(),
};

/** What a search found out. */
export const cellAnswerSchema = z.discriminatedUnion('kind', [
  /** Highest load within the SLO, with its interval. */
  z.object({ kind: z.literal('found'), ...effort, estimate: z.number(), low: z.number(), high: z.number() }),
  /** Not met even at the lowest load that was tried. */
  z.object({ kind: z.literal('below'), ...effort, limit: z.number() }),
  /** Met even at the highest one. */
  z.object({ kind: z.literal('above'), ...effort, limit: z.number() }),
]);
export type CellAnswer = z.infer<typeof cellAnswerSchema>;

/** What became of a cell. */
export const cellResultSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('answered'), answer: cellAnswerSchema, took_s: z.number() }),
  z.object({ status: z.literal('failed'), reason: z.string() }),
]);
export type CellResult = z.infer<typeof cellResultSchema>;
