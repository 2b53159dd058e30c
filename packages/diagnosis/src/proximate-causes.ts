import type { NamedCause } from './causes/cause-rule.js';

/**
 * What may bring a cause about: known mechanisms, fixed, never learnt from the run. An engine that stands still lets its GPU's clock fall; one hot or capped
 * GPU lets its peers spin; what a hypervisor takes the engine's threads lack; a preempted request is prefilled again; a slowed GPU makes a chunk
 * last that was not too large before; whose grammar or KV is not there yet
 * stands among those that wait, and a beginning that is not found is a longer prompt.
 */
const ROOTS: Partial<Readonly<Record<NamedCause, readonly NamedCause[]>>> = {
  clock_ramp: ['runtime_gc', 'jit_compile', 'cpu_starvation', 'vm_steal', 'gpu_fault'],
  straggler_rank: [
    'thermal_slowdown',
    'power_cap',
    'power_brake',
    'noisy_neighbor',
    'link_degradation',
    'gpu_fault',
  ],
  cpu_starvation: ['vm_steal'],
  detokenizer_bottleneck: ['cpu_starvation', 'vm_steal'],
  prefill_interference: [
    'kv_preemption',
    'prefix_cache_miss',
    'thermal_slowdown',
    'power_brake',
    'straggler_rank',
    'noisy_neighbor',
  ],
  prefill_chunk_too_large: [
    'prefix_cache_miss',
    'power_cap',
    'thermal_slowdown',
    'power_brake',
    'straggler_rank',
    'noisy_neighbor',
  ],
  power_cap: ['power_brake', 'noisy_neighbor'],
  queueing: ['grammar_compile', 'kv_transfer', 'prefix_cache_miss'],
};

/** Whether `cause` may have brought `effect` about. */
export function mayCause(cause: NamedCause, effect: NamedCause): boolean {
  return ROOTS[effect]?.includes(cause) ?? false;
}
