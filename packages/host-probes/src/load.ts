import { metricIdOf, type EmitValue } from './emit-value.js';

const LOAD = metricIdOf('load_1min_count');
const CLOCK = metricIdOf('cpu_clock_mhz');
const KHZ_PER_MHZ = 1000;

/** `/proc/loadavg`: the mean over one minute. */
export function parseLoadavg(text: string, emit: EmitValue): void {
  const found = /^(\d+\.\d+) /.exec(text);
  if (found !== null) emit(LOAD, 0, Number(found[1]));
}

/** `cpuN/cpufreq/scaling_cur_freq`, in kHz; `subId` N + 1. */
export function cpuClockParser(subId: number): (text: string, emit: EmitValue) => void {
  return (text, emit) => {
    const found = /^(\d+)\s*$/.exec(text);
    if (found !== null) emit(CLOCK, subId, Number(found[1]) / KHZ_PER_MHZ);
  };
}
