import { metricIdOf, type EmitValue } from './emit-value.js';
import { counterOf, wordsOf } from './kernel-text.js';

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

const NAMED: ReadonlyMap<string, number> = new Map([
  ['procs_running', metricIdOf('runnable_tasks_count')],
  ['procs_blocked', metricIdOf('blocked_tasks_count')],
  ['ctxt', metricIdOf('context_switches_count')],
  ['processes', metricIdOf('forks_count')],
]);

const CPU_LINE = /^cpu(\d{0,5}) /;

/** `/proc/stat`: CPU time (the sum as `subId` 0, then each CPU), the run queue, switches, forks. Guest time is within user time. */
export function parseProcStat(text: string, emit: EmitValue): void {
  // The line of interrupts is longer than all others together; without it a reading is a few hundred words at most.
  for (const line of text.split('\n')) {
    const cpu = CPU_LINE.exec(line);
    if (cpu !== null) emitCpu(line, cpu[1] === '' ? 0 : Number(cpu[1]) + 1, emit);
    else if (!line.startsWith('intr') && !line.startsWith('softirq')) emitNamed(line, emit);
  }
}

function emitCpu(line: string, subId: number, emit: EmitValue): void {
  const [user, nice, system, , iowait, irq, softIrq, steal] = wordsOf(line).slice(1).map(counterOf);
  if (user === undefined || nice === undefined || system === undefined) return;
  const interruptTicks = (irq ?? 0) + (softIrq ?? 0);
  emit(CPU.busy, subId, (user + nice + system + interruptTicks) * NS_PER_TICK);
  emit(CPU.user, subId, (user + nice) * NS_PER_TICK);
  emit(CPU.system, subId, system * NS_PER_TICK);
  if (iowait !== undefined) emit(CPU.iowait, subId, iowait * NS_PER_TICK);
  if (irq !== undefined) emit(CPU.irq, subId, interruptTicks * NS_PER_TICK);
  if (steal !== undefined) emit(CPU.steal, subId, steal * NS_PER_TICK);
}

function emitNamed(line: string, emit: EmitValue): void {
  const [name = '', word] = wordsOf(line);
  const id = NAMED.get(name);
  const value = counterOf(word);
  if (id !== undefined && value !== undefined) emit(id, 0, value);
}
