import { metricIdOf, type ParseFile } from './emit-value.js';

const LOAD = metricIdOf('load_1min_count');
const CLOCK = metricIdOf('cpu_clock_mhz');
const KHZ_PER_MHZ = 1000;

/** `/proc/loadavg`: the mean over one minute. Read ten times a second, so one short string does no harm. */
export const parseLoadavg: ParseFile = (text, emit) => {
  const found = /^(\d+\.\d+) /.exec(text.line());
  if (found !== null) emit(LOAD, 0, Number(found[1]));
};

/** `cpuN/cpufreq/scaling_cur_freq`, in kHz; `subId` N + 1. */
export function cpuClockParser(subId: number): ParseFile {
  return (text, emit) => {
    const khz = text.counter();
    if (khz !== undefined) emit(CLOCK, subId, khz / KHZ_PER_MHZ);
  };
}
