import type { EngineNs } from './engine-time.js';
import { keyedDraw } from './keyed-draw.js';
import type { EngineRequest } from './serving-engine.js';

/** Something that a request must wait for before it may run, named by what is done meanwhile. Asked once for each request, as it is submitted. */
export interface RequestHold {
  /** What the server adds its time up under: a grammar made of a schema, or KV that is moved to this engine's GPUs. */
  readonly what: 'schema' | 'kv';
  /** 0 where the request need not wait. */
  heldNs(request: EngineRequest, submission: Submission): number;
}

export interface Submission {
  readonly atNs: EngineNs;
  /** Names the request to random draws. */
  readonly drawKey: number;
}

/** A prompt token's keys and values: 8 KV heads × 128 × 2 × 2 bytes × 32 layers, as the profiles have it. */
const KV_BYTES_PER_TOKEN = 131_072;

/** The schema of this share of the requests is new, and a grammar is made of it on the host's CPU first. `key` is of the draws. */
export function schemaCompiled(compileNs: number, { ratio, key }: DrawnShare): RequestHold {
  return {
    what: 'schema',
    heldNs: (_request, { drawKey }) => (isDrawn(drawKey, { ratio, key }) ? compileNs : 0),
  };
}

/** The KV of this share of the prompts was computed elsewhere, and comes over a link first. `key` is of the draws. */
export function promptKvMoved(
  { baseNs, perTokenNs }: { readonly baseNs: number; readonly perTokenNs: number },
  share: DrawnShare,
): RequestHold {
  return {
    what: 'kv',
    heldNs: ({ promptTokens }, { drawKey }) =>
      isDrawn(drawKey, share) ? Math.round(baseNs + perTokenNs * promptTokens) : 0,
  };
}

/** What is moved of a prompt. */
export function kvBytesOf({ promptTokens }: EngineRequest): number {
  return KV_BYTES_PER_TOKEN * promptTokens;
}

interface DrawnShare {
  readonly ratio: number;
  readonly key: number;
}

function isDrawn(drawKey: number, { ratio, key }: DrawnShare): boolean {
  return keyedDraw(key, drawKey, 0) < ratio;
}
