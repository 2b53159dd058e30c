import { BASELINE_SLOWER_THAN_DEADLINE } from './baseline-slower-than-deadline.js';
import type { CauseRule, ExplanationOrder, NamedCause, TelemetryKind } from './cause-rule.js';
import { BATCH_GROWTH } from './batch-growth.js';
import { CLIENT_LAG } from './client-lag.js';
import { CLOCK_RAMP } from './clock-ramp.js';
import { CPU_STARVATION } from './cpu-starvation.js';
import { CUDA_GRAPH_MISS } from './cuda-graph-miss.js';
import { DETOKENIZER_BOTTLENECK } from './detokenizer-bottleneck.js';
import { GPU_FAULT } from './gpu-fault.js';
import { GRAMMAR_COMPILE } from './grammar-compile.js';
import { JIT_COMPILE } from './jit-compile.js';
import { KV_PREEMPTION } from './kv-preemption.js';
import { KV_TRANSFER } from './kv-transfer.js';
import { LINK_DEGRADATION } from './link-degradation.js';
import { NAGLE_DELAY } from './nagle-delay.js';
import { NOISY_NEIGHBOR } from './noisy-neighbor.js';
import { NUMA_PAGING } from './numa-paging.js';
import { PACKET_LOSS } from './packet-loss.js';
import { POWER_BRAKE } from './power-brake.js';
import { POWER_CAP } from './power-cap.js';
import { PREFILL_CHUNK_TOO_LARGE } from './prefill-chunk-too-large.js';
import { PREFILL_INTERFERENCE } from './prefill-interference.js';
import { PREFIX_CACHE_MISS } from './prefix-cache-miss.js';
import { PROXY_BUFFERING } from './proxy-buffering.js';
import { QUEUEING } from './queueing.js';
import { RUNTIME_GC } from './runtime-gc.js';
import { SPEC_DECODE_DROP } from './spec-decode-drop.js';
import { STRAGGLER_RANK } from './straggler-rank.js';
import { STREAM_COALESCING } from './stream-coalescing.js';
import { THERMAL_SLOWDOWN } from './thermal-slowdown.js';
import { VM_STEAL } from './vm-steal.js';

/** Every cause that can be told. A new one is a file beside these and a line here. */
export const CAUSE_RULES: readonly CauseRule[] = [
  CLIENT_LAG,
  BASELINE_SLOWER_THAN_DEADLINE,
  PREFILL_INTERFERENCE,
  QUEUEING,
  POWER_CAP,
  PREFILL_CHUNK_TOO_LARGE,
  STREAM_COALESCING,
  PROXY_BUFFERING,
  NAGLE_DELAY,
  PACKET_LOSS,
  CLOCK_RAMP,
  CPU_STARVATION,
  DETOKENIZER_BOTTLENECK,
  GPU_FAULT,
  JIT_COMPILE,
  LINK_DEGRADATION,
  NOISY_NEIGHBOR,
  NUMA_PAGING,
  POWER_BRAKE,
  RUNTIME_GC,
  STRAGGLER_RANK,
  THERMAL_SLOWDOWN,
  VM_STEAL,
  KV_PREEMPTION,
  BATCH_GROWTH,
  SPEC_DECODE_DROP,
  GRAMMAR_COMPILE,
  KV_TRANSFER,
  PREFIX_CACHE_MISS,
  CUDA_GRAPH_MISS,
];

/** What to change about a cause. */
export function adviceOn(cause: NamedCause): string | undefined {
  return CAUSE_RULES.find((rule) => rule.cause === cause)?.advice;
}

/** When a cause is heard. */
export function orderOf(cause: NamedCause): ExplanationOrder {
  return CAUSE_RULES.find((rule) => rule.cause === cause)?.order ?? 'coincidence';
}

/** All metrics of a kind that any rule reads. */
export function metricsRead(kind: TelemetryKind): readonly string[] {
  return [
    ...new Set(
      CAUSE_RULES.flatMap(({ reads, helpedBy }) => [...(reads[kind] ?? []), ...(helpedBy?.[kind] ?? [])]),
    ),
  ];
}
