import { HOST_METRICS } from '@fluidscope/trace-schema';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProbeSet } from './probe-set.js';
import { cgroupProbes, processProbes, type Probe } from './probe.js';
import { parseProcessIdentity, type ProcessIdentity } from './process-stat.js';

export interface ProcessChange {
  readonly kind: 'process_appeared' | 'process_ended';
  readonly pid: number;
  readonly name: string;
}

interface Watched {
  readonly identity: ProcessIdentity;
  readonly probes: ReadonlySet<Probe>;
}

/** More processes than serve a model on one host; the rest are counted in `leftOutCount`. */
const MAX_PROCESSES = 64;
const MAX_PID = 2 ** 22;
const METRICS_OF_PID = HOST_METRICS.filter(({ scope }) => scope === 'process' || scope === 'cgroup').map(
  ({ id }) => id,
);

/** The processes that are watched: those named now that live. */
export class WatchedProcesses {
  readonly #root: string;
  readonly #probes: ProbeSet;
  readonly #pageBytes: number;
  readonly #watched = new Map<number, Watched>();
  leftOutCount = 0;

  constructor(root: string, probes: ProbeSet, pageBytes: number) {
    this.#root = root;
    this.#probes = probes;
    this.#pageBytes = pageBytes;
  }

  /** Names by pid. */
  get names(): ReadonlyMap<number, string> {
    return new Map([...this.#watched].map(([pid, { identity }]) => [pid, identity.name]));
  }

  /** Watches exactly these from now on. A pid whose start time changed is another process. */
  update(pids: readonly number[]): readonly ProcessChange[] {
    const wanted = [...new Set(pids)].filter((pid) => Number.isInteger(pid) && pid > 0 && pid <= MAX_PID);
    this.leftOutCount = Math.max(0, wanted.length - MAX_PROCESSES);
    const living = new Map<number, ProcessIdentity>();
    for (const pid of wanted.slice(0, MAX_PROCESSES)) {
      const identity = this.#identityOf(pid);
      if (identity !== undefined) living.set(pid, identity);
    }
    const ended = [...this.#watched].flatMap(([pid, { identity }]) =>
      living.get(pid)?.startTicks === identity.startTicks ? [] : [this.#end(pid, identity)],
    );
    const appeared = [...living].flatMap(([pid, identity]) =>
      this.#watched.has(pid) ? [] : [this.#begin(pid, identity)],
    );
    return [...ended, ...appeared];
  }

  #identityOf(pid: number): ProcessIdentity | undefined {
    try {
      return parseProcessIdentity(readFileSync(join(this.#root, `proc/${pid}/stat`), 'latin1'));
    } catch {
      return undefined;
    }
  }

  #begin(pid: number, identity: ProcessIdentity): ProcessChange {
    const probes = [...processProbes(pid, this.#pageBytes), ...cgroupProbes(this.#root, pid, pid)];
    this.#probes.add(probes);
    this.#watched.set(pid, { identity, probes: new Set(probes) });
    return { kind: 'process_appeared', pid, name: identity.name };
  }

  #end(pid: number, { name }: ProcessIdentity): ProcessChange {
    const watched = this.#watched.get(pid);
    if (watched !== undefined) this.#probes.drop(watched.probes);
    this.#probes.forget(pid, METRICS_OF_PID);
    this.#watched.delete(pid);
    return { kind: 'process_ended', pid, name };
  }
}
