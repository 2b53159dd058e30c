import type { GpuCondition } from '@fluidscope/serving-sim';
import type { LengthSpec } from '@fluidscope/workload';

/** Something that happens, by its physical effect, and when. */
export interface Fault {
  /** Unique in its scenario; names it in the truth. */
  readonly id: string;
  readonly timing: Timing;
  /** The replica that it befalls; all when absent. Of no meaning for the client's own. */
  readonly replicaIndex: number | undefined;
  readonly effect: Effect;
}

export interface Timing {
  readonly atNs: number;
  /** How long it lasts each time; to the end when absent. What only happens lasts no time. */
  readonly forNs: number | undefined;
  /** From one start to the next; it happens once when absent. */
  readonly everyNs: number | undefined;
  /** No start from here on; the load's end when absent. */
  readonly untilNs: number | undefined;
  /** Each start is later by up to this, at random. */
  readonly spreadNs: number;
}

export type Effect =
  /** The engine's process stands still: at each start, or before every n-th step while it lasts. */
  | {
      readonly kind: 'engine_pause';
      readonly pauseNs: number;
      readonly everyStepsCount: number | undefined;
    }
  /** The engine's process stands still once for each new batch shape. */
  | { readonly kind: 'shape_pause'; readonly pauseNs: number }
  /** Each step waits for the host so long for each of its sequences, and the host's counters show why. */
  | {
      readonly kind: 'host_cost';
      readonly perSequenceNs: number;
      readonly pressureRatio: number;
      readonly stealRatio: number;
      readonly runnableCount: number;
    }
  /** Each step waits so long for memory of its host that is paged in or lies at the other node, and the host's counters show why. */
  | {
      readonly kind: 'host_memory';
      readonly perStepNs: number;
      readonly pressureRatio: number;
      readonly faultsPerS: number;
      readonly remoteRatio: number;
    }
  /** Steps of decodes alone with more sequences than any captured graph are launched kernel by kernel. */
  | { readonly kind: 'graph_limit'; readonly capturedCount: number; readonly launchNs: number }
  /** Steps take so many times as long, and so much more; no counter tells why. */
  | { readonly kind: 'step_time'; readonly factorRatio: number; readonly extraNs: number }
  | { readonly kind: 'batched_tokens'; readonly limitTokens: number }
  | { readonly kind: 'kv_blocks'; readonly remainingCount: number }
  | { readonly kind: 'accepted_tokens'; readonly ratio: number }
  /** The beginning of this share of the prompts is not among the cached blocks. */
  | { readonly kind: 'prefix_lost'; readonly ratio: number }
  /** This share of the requests comes with a schema that a grammar must be made of first. */
  | { readonly kind: 'schema_compiled'; readonly compileNs: number; readonly ratio: number }
  /** The KV of this share of the prompts comes over a link before they may run. */
  | {
      readonly kind: 'prompt_kv_moved';
      readonly baseNs: number;
      readonly perTokenNs: number;
      readonly ratio: number;
    }
  /** So many requests join at each start; `from` this client or another. */
  | {
      readonly kind: 'prompt_storm';
      readonly requestCount: number;
      readonly promptLengths: LengthSpec;
      readonly outputLengths: LengthSpec;
      readonly from: 'client' | 'others';
    }
  /** A condition of a GPU; all GPUs of the replica when `gpuIndex` is absent. */
  | {
      readonly kind: 'gpu';
      readonly condition: GpuCondition;
      readonly gpuIndex: number | undefined;
    }
  /** A chunk is lost with this chance and comes a retransmission later, and all that follow it on its stream with it. */
  | {
      readonly kind: 'packet_loss';
      readonly ratio: number;
      readonly retransmitNs: number;
      readonly streamRatio: number;
    }
  /** What is sent before the last segment was acknowledged waits for the acknowledgement. */
  | { readonly kind: 'delayed_ack'; readonly delayNs: number }
  /** A proxy hands on only when so many bytes are there, or the stream's end. */
  | { readonly kind: 'output_buffered'; readonly sizeBytes: number }
  /** The server puts so many tokens into one chunk. */
  | { readonly kind: 'tokens_per_chunk'; readonly chunkTokens: number }
  /** The process between engine and socket stands still at each start. */
  | { readonly kind: 'api_blocked'; readonly blockNs: number }
  /** The client's event loop stands still at each start. */
  | { readonly kind: 'client_blocked'; readonly blockNs: number }
  /** A GPU's sensor shows this value while it lasts; nothing else changes. */
  | {
      readonly kind: 'sensor_reads';
      readonly metric: string;
      readonly value: number;
      readonly gpuIndex: number | undefined;
    };

/** Whether an effect can change a deadline at all: the others change only what is seen. */
export function actsOnTokens({ kind }: Effect): boolean {
  return kind !== 'sensor_reads';
}
