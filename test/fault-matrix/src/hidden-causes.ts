import type { ConfusionEntry } from './confusion.js';
import type { Label } from './labels.js';
import type { Tier } from './run-spec.js';

const HARDWARE: readonly Label[] = [
  'power_cap',
  'thermal_slowdown',
  'power_brake',
  'gpu_fault',
  'noisy_neighbor',
  'straggler_rank',
];
const OF_SERVER: readonly Label[] = [
  'kv_preemption',
  'queueing',
  'prefix_cache_miss',
  'kv_transfer',
  'grammar_compile',
];
const OF_HOST: readonly Label[] = [
  'cpu_starvation',
  'vm_steal',
  'runtime_gc',
  'jit_compile',
  'detokenizer_bottleneck',
  'numa_paging',
];

/** Causes that nothing under a tier can show: there `unknown` is the right answer. */
const HIDDEN: Readonly<Record<Tier, ReadonlySet<Label>>> = {
  all: new Set(),
  'no-gpu-agent': new Set(HARDWARE),
  'no-server-metrics': new Set(OF_SERVER),
  'tokens-alone': new Set([...HARDWARE, ...OF_SERVER, ...OF_HOST]),
};

/** Where a cause is hidden, both `unknown` and its name count as `unknown` rightly said; any other name stays wrong. */
export function asVisible(entries: readonly ConfusionEntry[], tier: Tier): ConfusionEntry[] {
  return entries.map((entry): ConfusionEntry => {
    const [truth, claimed, weight] = entry;
    if (!HIDDEN[tier].has(truth)) return entry;
    return ['unknown', claimed === truth ? 'unknown' : claimed, weight];
  });
}
