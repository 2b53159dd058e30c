import { metricIdOf, type EmitValue } from './emit-value.js';
import { counterOf, eachNamedCounter, wordsOf } from './kernel-text.js';
import { NS_PER_TICK } from './proc-stat.js';

/** What is read once of `/proc/PID/stat`: who the process is. */
export interface ProcessIdentity {
  readonly name: string;
  /** Ticks since boot: with the pid it tells a process from a later one of the same pid. */
  readonly startTicks: number;
}

const IDS = {
  user: metricIdOf('process_cpu_user_ns'),
  system: metricIdOf('process_cpu_system_ns'),
  threads: metricIdOf('process_threads_count'),
  resident: metricIdOf('process_resident_bytes'),
  faults: metricIdOf('process_major_faults_count'),
  wait: metricIdOf('process_main_thread_run_queue_wait_ns'),
};

const SWITCHES: ReadonlyMap<string, number> = new Map([
  ['voluntary_ctxt_switches', metricIdOf('process_main_thread_voluntary_switches_count')],
  ['nonvoluntary_ctxt_switches', metricIdOf('process_main_thread_involuntary_switches_count')],
]);

/** The fields behind the name, which may itself hold blanks and brackets; [0] is the state, field 3 of the manual. */
function fieldsOf(text: string): readonly string[] {
  const end = text.lastIndexOf(')');
  return end < 0 ? [] : wordsOf(text.slice(end + 1));
}

export function parseProcessIdentity(text: string): ProcessIdentity | undefined {
  const startTicks = counterOf(fieldsOf(text)[19]);
  const open = text.indexOf('(');
  if (startTicks === undefined || open < 0) return undefined;
  return { name: text.slice(open + 1, text.lastIndexOf(')')), startTicks };
}

/** `/proc/PID/stat`, of all threads together. */
export function processStatParser(pid: number, pageBytes: number): (text: string, emit: EmitValue) => void {
  return (text, emit) => {
    const fields = fieldsOf(text);
    const give = (metricId: number, field: number, scale: number): void => {
      const value = counterOf(fields[field]);
      if (value !== undefined) emit(metricId, pid, value * scale);
    };
    give(IDS.faults, 9, 1);
    give(IDS.user, 11, NS_PER_TICK);
    give(IDS.system, 12, NS_PER_TICK);
    give(IDS.threads, 17, 1);
    give(IDS.resident, 21, pageBytes);
  };
}

/** `/proc/PID/schedstat`: time on a CPU, time waiting for one, slices; of the main thread. */
export function schedstatParser(pid: number): (text: string, emit: EmitValue) => void {
  return (text, emit) => {
    const waitNs = counterOf(wordsOf(text)[1]);
    if (waitNs !== undefined) emit(IDS.wait, pid, waitNs);
  };
}

/** `/proc/PID/status`: context switches of the main thread. */
export function processStatusParser(pid: number): (text: string, emit: EmitValue) => void {
  return (text, emit) => {
    eachNamedCounter(text, SWITCHES, (id, value) => emit(id, pid, value));
  };
}
