import type { CellSearch } from '../cell-search.js';
import { UsageError } from '@fluidscope/errors';

export const MATRIX_YAML = `title: Two policies
engines:
  - name: chunked
    launch: sim
    args: "--policy chunked"
  - name: hosted
    url: http://127.0.0.1:9
models: [llama]
workloads:
  - name: chat
    isl: 512
    osl: 128
slos:
  - name: strict
    slo: fluidity>=0.99@99%
  - name: loose
    slo: fluidity>=0.9@90%
`;

/** Takes any flag but `--wrong`, and finds what `capacityOf` says; throws where it says nothing. */
export function answering(
  capacityOf: (args: readonly string[]) => number | undefined,
  searched: string[] = [],
): CellSearch {
  return {
    prepare: async (args) => {
      if (args.includes('--wrong')) throw new UsageError(['--wrong: expected no such flag']);
      return {
        launch: undefined,
        search: async () => {
          searched.push(args.join(' '));
          const estimate = capacityOf(args);
          if (estimate === undefined) throw new Error('nothing could be measured\nand more');
          return { kind: 'found', by: 'request_rate', estimate, low: estimate - 1, high: estimate + 1 };
        },
      };
    },
  };
}
