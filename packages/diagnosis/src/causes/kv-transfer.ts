import type { CauseRule } from './cause-rule.js';
import { recordedDelay } from './recorded-delay.js';

/**
 * Mechanism: a prompt's KV cache moves from another engine or from host memory before its first token.
 * Reads: the seconds that the server spent moving KV caches while a request waited for its first token.
 * Ruled out by: a counter that stands still, or grows by far less than the delay; a stall between tokens.
 */
export const KV_TRANSFER: CauseRule = {
  cause: 'kv_transfer',
  order: 'engine_record',
  highestConfidence: 0.85,
  reads: { server: ['kv_transfer_time_s'] },
  advice:
    'Put prefill and decode near each other: the NIC on the GPU’s own PCIe switch, the process on its NUMA node, RDMA in use (vLLM --kv-transfer-config).',
  judge: (episode, context) =>
    recordedDelay(episode, context, {
      cause: 'kv_transfer',
      metric: 'kv_transfer_time_s',
      evidenceOf: (ms) => `${ms.toFixed(0)} ms spent moving KV caches while it waited`,
    }),
};
