import { metricIdOf, type EmitValue, type ParseFile } from './emit-value.js';
import { bytesOf, type KernelText } from './kernel-text.js';
import { NamedCounters } from './named-counters.js';

/** USER_HZ, in which Linux prints CPU time on every architecture that Node runs on: 100 a second. */
export const NS_PER_TICK = 10_000_000;

const CPU = {
  busy: metricIdOf('cpu_busy_ns'),
  user: metricIdOf('cpu_user_ns'),
  system: metricIdOf('cpu_system_ns'),
  steal: metricIdOf('cpu_steal_ns'),
  iowait: metricIdOf('cpu_iowait_ns'),
  irq: metricIdOf('cpu_irq_ns'),
};

const NAMED = new NamedCounters({
  procs_running: { metricId: metricIdOf('runnable_tasks_count') },
  procs_blocked: { metricId: metricIdOf('blocked_tasks_count') },
  ctxt: { metricId: metricIdOf('context_switches_count') },
  processes: { metricId: metricIdOf('forks_count') },
});

const CPU_WORD = bytesOf('cpu');
const MAX_CPU_NUMBER = 99_999;

/** `/proc/stat`: CPU time (the sum as `subId` 0, then each CPU), the run queue, switches, forks. Guest time is within user time. */
export const parseProcStat: ParseFile = (text, emit) => {
  // The CPUs' lines stand first.
  let isMore = true;
  while (isMore && text.take(CPU_WORD)) {
    emitCpu(text, emit);
    isMore = text.nextLine();
  }
  if (isMore) NAMED.emit(text, 0, emit);
};

function emitCpu(text: KernelText, emit: EmitValue): void {
  const isSum = text.isAtBlank;
  if (isSum) text.skipBlanks();
  const cpu = isSum ? -1 : text.counter();
  if (cpu === undefined || cpu > MAX_CPU_NUMBER) return;
  const user = text.counter();
  const nice = text.counter();
  const system = text.counter();
  text.skipWord();
  const iowait = text.counter();
  const irq = text.counter();
  const softIrq = text.counter();
  const steal = text.counter();
  if (user === undefined || nice === undefined || system === undefined) return;
  const subId = cpu + 1;
  const interruptTicks = (irq ?? 0) + (softIrq ?? 0);
  emit(CPU.busy, subId, (user + nice + system + interruptTicks) * NS_PER_TICK);
  emit(CPU.user, subId, (user + nice) * NS_PER_TICK);
  emit(CPU.system, subId, system * NS_PER_TICK);
  if (iowait !== undefined) emit(CPU.iowait, subId, iowait * NS_PER_TICK);
  if (irq !== undefined) emit(CPU.irq, subId, interruptTicks * NS_PER_TICK);
  if (steal !== undefined) emit(CPU.steal, subId, steal * NS_PER_TICK);
}
