import { metricIdOf, type ParseFile } from './emit-value.js';
import { KernelText } from './kernel-text.js';
import { NamedCounters } from './named-counters.js';
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

const SWITCHES = new NamedCounters({
  voluntary_ctxt_switches: { metricId: metricIdOf('process_main_thread_voluntary_switches_count') },
  nonvoluntary_ctxt_switches: { metricId: metricIdOf('process_main_thread_involuntary_switches_count') },
});

const CLOSING = 0x29;
/** Where the start time stands, counted from the state: field 3 of the manual is 0 here. */
const START_FIELD = 19;

/** Goes to the state, behind the name, which may itself hold blanks and brackets. */
function goToFields(text: KernelText): boolean {
  if (!text.goBehindLast(CLOSING)) return false;
  text.skipBlanks();
  return true;
}

/** The text is that of one `/proc/PID/stat`, which is one line. */
export function parseProcessIdentity(stat: string): ProcessIdentity | undefined {
  const text = new KernelText(Buffer.from(stat, 'latin1'));
  const open = stat.indexOf('(');
  if (open < 0 || !goToFields(text)) return undefined;
  text.skipWords(START_FIELD);
  const startTicks = text.counter();
  return startTicks === undefined
    ? undefined
    : { name: stat.slice(open + 1, stat.lastIndexOf(')')), startTicks };
}

/** The fields that are read of `/proc/PID/stat`, in their order, counted from the state. */
const FIELDS = [
  { metricId: IDS.faults, field: 9, scale: 1 },
  { metricId: IDS.user, field: 11, scale: NS_PER_TICK },
  { metricId: IDS.system, field: 12, scale: NS_PER_TICK },
  { metricId: IDS.threads, field: 17, scale: 1 },
] as const;
const RESIDENT_FIELD = 21;

/** `/proc/PID/stat`, of all threads together. */
export function processStatParser(pid: number, pageBytes: number): ParseFile {
  const wanted = [...FIELDS, { metricId: IDS.resident, field: RESIDENT_FIELD, scale: pageBytes }];
  return (text, emit) => {
    if (!goToFields(text)) return;
    let at = 0;
    for (const { metricId, field, scale } of wanted) {
      text.skipWords(field - at);
      const value = text.counter();
      at = field + 1;
      if (value !== undefined) emit(metricId, pid, value * scale);
    }
  };
}

/** `/proc/PID/schedstat`: time on a CPU, time waiting for one, slices; of the main thread. */
export function schedstatParser(pid: number): ParseFile {
  return (text, emit) => {
    text.skipWord();
    const waitNs = text.counter();
    if (waitNs !== undefined) emit(IDS.wait, pid, waitNs);
  };
}

/** `/proc/PID/status`: context switches of the main thread. */
export function processStatusParser(pid: number): ParseFile {
  return (text, emit) => SWITCHES.emit(text, pid, emit);
}
