import { readFileSync } from 'node:fs';
import { runNs, type RunNs } from '@fluidscope/units';
import { ENDPOINTS } from '../endpoints/index.js';
import type { EndpointType, StreamChunk } from '../llm-client.js';
import { ResponseReader } from '../response-reader.js';
import { StreamProblem } from '../stream-problem.js';
import { StreamReading } from '../stream-reading.js';

export type ChunkRow = [kind: StreamChunk['kind'], text: string, outputTokensSoFar?: number];

export interface ReadResult {
  readonly chunks: ChunkRow[];
  readonly arrivalsNs: RunNs[];
  readonly outcome: {
    readonly responseId: string | undefined;
    readonly finishReason: string | undefined;
    readonly usagePromptTokens: number | undefined;
    readonly usageOutputTokens: number | undefined;
  };
  readonly ended: boolean;
  readonly problem: StreamProblem | undefined;
}

export interface Golden {
  readonly endpointType: EndpointType;
  readonly chunks: readonly ChunkRow[];
  readonly outcome: Partial<ReadResult['outcome']>;
  readonly wire: Buffer;
}

const GOLDEN = new URL('../../golden/', import.meta.url);

/** The golden streams by name. */
export function goldens(): ReadonlyMap<string, Golden> {
  const expected = JSON.parse(readFileSync(new URL('expected.json', GOLDEN), 'utf8')) as Record<
    string,
    Omit<Golden, 'wire'>
  >;
  return new Map(
    Object.entries(expected).map(([name, golden]) => [
      name,
      { ...golden, wire: readFileSync(new URL(`${name}.txt`, GOLDEN)) },
    ]),
  );
}

/**
 * Reads a body that came in these pieces; piece n arrives at n nanoseconds. Anything but a `StreamProblem`
 * escapes. `templates` as of `ResponseReader`: 0 parses every event.
 */
export function readStream(
  endpointType: EndpointType,
  pieces: readonly (Buffer | string)[],
  templates?: number,
): ReadResult {
  const chunks: ChunkRow[] = [];
  const arrivalsNs: RunNs[] = [];
  const reading = new StreamReading({
    onSent: () => undefined,
    onChunk: ({ kind, text, usageOutputTokensSoFar, arrivalNs }) => {
      chunks.push(usageOutputTokensSoFar === undefined ? [kind, text] : [kind, text, usageOutputTokensSoFar]);
      arrivalsNs.push(arrivalNs);
    },
  });
  let problem: StreamProblem | undefined;
  try {
    const reader = new ResponseReader(ENDPOINTS[endpointType], reading, templates);
    pieces.forEach((piece, index) => {
      reader.feed(typeof piece === 'string' ? Buffer.from(piece) : piece, runNs(index), 0, 'user');
    });
    reader.end();
  } catch (error) {
    if (!(error instanceof StreamProblem)) throw error;
    problem = error;
  }
  const { responseId, finishReason, usagePromptTokens, usageOutputTokens, ended } = reading;
  return {
    chunks,
    arrivalsNs,
    outcome: { responseId, finishReason, usagePromptTokens, usageOutputTokens },
    ended,
    problem,
  };
}

/** The pieces that cuts at these places leave. */
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...[...places].sort((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((place, index) => bytes.subarray(sorted[index], place));
}
