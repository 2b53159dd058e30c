import type { AgentEvent, AgentLoss } from '../telemetry-source.js';

interface NumberedItem {
  /** From 0, without gaps but for one after each pause of the stream. */
  readonly seq: number;
  /** Samples of the stream before this item. */
  readonly samplesBefore: number;
  readonly sizeBytes: number;
}

/** One thing of an agent's stream. Samples are kept as the frame that a reader without a selection gets. */
export type StreamItem =
  | (NumberedItem & {
      readonly kind: 'samples';
      readonly frame: Buffer;
      readonly samplesCount: number;
      readonly fromMonoNs: bigint;
      readonly toMonoNs: bigint;
    })
  | (NumberedItem & { readonly kind: 'event'; readonly event: AgentEvent })
  | (NumberedItem & { readonly kind: 'loss'; readonly loss: AgentLoss });
