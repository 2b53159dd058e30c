import type { Cause } from '@fluidscope/trace-schema';

/** A cause for somebody who never heard its name. */
export interface CauseWords {
  /** What missed deadlines come from: a noun phrase. */
  readonly title: string;
  /** What happens, in one sentence. */
  readonly mechanism: string;
}

/** docs/diagnosis.md has the same words; a test compares them. */
export const CAUSE_WORDS: Readonly<Record<Cause, CauseWords>> = {
  baseline_slower_than_deadline: {
    title: 'an engine that is slower than the deadline',
    mechanism: 'Even undisturbed, the usual wait between tokens is longer than the deadline allows.',
  },
  prefill_interference: {
    title: 'prompts that joined running streams',
    mechanism: 'The engine worked on a new request’s prompt in a step that all running streams wait for.',
  },
  prefill_chunk_too_large: {
    title: 'prompt chunks that are too large',
    mechanism: 'Prompts are split, but each chunk still takes a step longer than the deadline allows.',
  },
  queueing: {
    title: 'a queue before the engine',
    mechanism: 'More requests came than the engine runs at once, so first tokens waited for a place.',
  },
  kv_preemption: {
    title: 'preemption for want of KV memory',
    mechanism: 'KV memory ran out; the engine threw running requests out and computed them again later.',
  },
  batch_growth: {
    title: 'a batch that grew',
    mechanism: 'More streams or longer contexts made every step slower.',
  },
  prefix_cache_miss: {
    title: 'prompts whose prefix was no longer cached',
    mechanism: 'The engine computed prompts anew that it usually finds in its cache.',
  },
  kv_transfer: {
    title: 'transfers of KV memory',
    mechanism: 'A request waited while its KV memory was moved between GPUs, hosts or to and from the CPU.',
  },
  spec_decode_drop: {
    title: 'fewer accepted draft tokens',
    mechanism: 'Speculative decoding guessed worse, so each step yielded fewer tokens.',
  },
  stream_coalescing: {
    title: 'tokens that the server sends several at a time',
    mechanism: 'The server holds tokens back until it has a fixed number of them.',
  },
  runtime_gc: {
    title: 'pauses of the engine’s process',
    mechanism: 'The engine’s runtime stopped to collect garbage, and the GPU had nothing to do.',
  },
  jit_compile: {
    title: 'compilation while serving',
    mechanism: 'A shape was seen for the first time and its kernels were compiled while streams waited.',
  },
  cuda_graph_miss: {
    title: 'batches without a captured CUDA graph',
    mechanism: 'The batch was larger than any captured graph, so each kernel was launched one by one.',
  },
  cpu_starvation: {
    title: 'too little CPU for the engine',
    mechanism: 'The engine’s process waited for a CPU, and the GPU for the process.',
  },
  detokenizer_bottleneck: {
    title: 'an API process that cannot keep up',
    mechanism:
      'Tokens were generated in time, then waited in a server process that is busy with a whole core.',
  },
  grammar_compile: {
    title: 'grammars compiled for single requests',
    mechanism: 'A request with structured output waited for its grammar before its first token.',
  },
  power_cap: {
    title: 'a software power cap',
    mechanism: 'The GPU drew as much power as it may, and software lowered its clock to stay there.',
  },
  thermal_slowdown: {
    title: 'a GPU that is too hot',
    mechanism: 'The GPU reached a temperature limit and lowered its clock.',
  },
  power_brake: {
    title: 'an external power brake',
    mechanism: 'The chassis or rack told the GPU to slow down at once, to half its clock or less.',
  },
  clock_ramp: {
    title: 'a GPU that woke from idle',
    mechanism: 'The GPU had lowered its clock while idle, and the first tokens came before it was back up.',
  },
  gpu_fault: {
    title: 'a faulty GPU',
    mechanism: 'The driver reported an error of the GPU or of its memory.',
  },
  noisy_neighbor: {
    title: 'another process on the same GPU',
    mechanism: 'A process that is not the engine took the GPU’s time or memory bandwidth.',
  },
  straggler_rank: {
    title: 'one slow GPU of a group',
    mechanism: 'A model is spread over several GPUs, and all of them waited for the slowest.',
  },
  link_degradation: {
    title: 'a degraded link of a GPU',
    mechanism: 'NVLink or PCIe replayed transfers, or fell to fewer lanes or a lower generation.',
  },
  vm_steal: {
    title: 'a hypervisor that takes the CPU away',
    mechanism: 'The virtual machine was ready to run, and its host ran somebody else.',
  },
  numa_paging: {
    title: 'memory that is far away or paged out',
    mechanism: 'The engine waited for pages from disk or from another socket’s memory.',
  },
  packet_loss: {
    title: 'packets lost on the network',
    mechanism: 'Tokens were sent in time, lost on the way, and came when TCP sent them again.',
  },
  nagle_delay: {
    title: 'small packets that wait for an acknowledgement',
    mechanism: 'The sender held a small packet until the last one was acknowledged, some 40 ms.',
  },
  proxy_buffering: {
    title: 'a proxy that buffers the stream',
    mechanism: 'Something between client and engine collects tokens and passes them on in bursts.',
  },
  client_lag: {
    title: 'the load generator itself',
    mechanism: 'The client’s own process was late, so these times say nothing of the server.',
  },
  unknown: {
    title: 'a cause that could not be told',
    mechanism: 'Nothing that was measured speaks for one cause clearly enough.',
  },
};
