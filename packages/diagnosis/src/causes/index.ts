import { BASELINE_SLOWER_THAN_DEADLINE } from './baseline-slower-than-deadline.js';
import type { CauseRule, NamedCause, TelemetryKind } from './cause-rule.js';
import { CLIENT_LAG } from './client-lag.js';
import { NAGLE_DELAY } from './nagle-delay.js';
import { PACKET_LOSS } from './packet-loss.js';
import { POWER_CAP } from './power-cap.js';
import { PREFILL_CHUNK_TOO_LARGE } from './prefill-chunk-too-large.js';
import { PREFILL_INTERFERENCE } from './prefill-interference.js';
import { PROXY_BUFFERING } from './proxy-buffering.js';
import { QUEUEING } from './queueing.js';
import { STREAM_COALESCING } from './stream-coalescing.js';

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
];

/** What to change about a cause. */
export function adviceOn(cause: NamedCause): string | undefined {
  return CAUSE_RULES.find((rule) => rule.cause === cause)?.advice;
}

/** All metrics of a kind that any rule reads. */
export function metricsRead(kind: TelemetryKind): readonly string[] {
  return [
    ...new Set(
      CAUSE_RULES.flatMap(({ reads, helpedBy }) => [...(reads[kind] ?? []), ...(helpedBy?.[kind] ?? [])]),
    ),
  ];
}
