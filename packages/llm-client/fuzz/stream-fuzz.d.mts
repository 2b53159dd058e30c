import type { Golden, ReadResult } from '../src/testing/read-stream.js';
import type { EndpointType } from '../src/llm-client.js';

export function fuzzStreams(
  parts: {
    readonly readStream: (
      endpointType: EndpointType,
      pieces: readonly Buffer[],
      templates?: number,
    ) => ReadResult;
    readonly goldens: ReadonlyMap<string, Golden>;
  },
  range: { readonly seed: number; readonly first: number; readonly count: number },
): { recut: number; mutated: number; withProblem: number; bytes: number };
