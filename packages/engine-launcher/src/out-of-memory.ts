import { readFile } from 'node:fs/promises';

/** How often this machine's kernel has killed a process for want of memory; `undefined` where it does not say (elsewhere than on Linux). */
export async function countOomKills(): Promise<number | undefined> {
  try {
    const [, count] = /^oom_kill (\d+)$/m.exec(await readFile('/proc/vmstat', 'latin1')) ?? [];
    return count === undefined ? undefined : Number(count);
  } catch {
    return undefined;
  }
}

const GPU_OUT_OF_MEMORY =
  /CUDA out of memory|OutOfMemoryError|HIP out of memory|cudaMalloc failed|free memory on device|No available memory for the cache/i;

export interface MemoryClues {
  /** The engine, or a shell or launcher on its behalf, says that SIGKILL ended it. */
  readonly sigkilled: boolean;
  readonly oomKillsCount: number | undefined;
  readonly logLines: readonly string[];
}

/** What memory has to do with an engine's end; `undefined` where nothing speaks for it. */
export function memoryHint({ sigkilled, oomKillsCount, logLines }: MemoryClues): string | undefined {
  if (logLines.some((line) => GPU_OUT_OF_MEMORY.test(line)))
    return 'The GPU has too little free memory: look with nvidia-smi for a process that still holds some, or ask the engine for less (vLLM: --gpu-memory-utilization, --max-model-len).';
  if (!sigkilled) return undefined;
  if (oomKillsCount !== undefined && oomKillsCount > 0)
    return `The kernel killed ${oomKillsCount} ${oomKillsCount === 1 ? 'process' : 'processes'} for want of memory since the engine was started, and SIGKILL is how: give it more memory, or a smaller model.`;
  return 'Nobody here sent SIGKILL: it is how the kernel or a container ends what wants too much memory (dmesg, the memory.events of its control group).';
}
