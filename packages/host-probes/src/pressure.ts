import { metricIdOf, type EmitValue } from './emit-value.js';
import { counterOf } from './kernel-text.js';

export type PressureResource = 'cpu' | 'memory' | 'io';

const LINE = /^(some|full) .*\btotal=(\d+)/;

/** `/proc/pressure/RESOURCE`: the totals; the kernel's averages over 10 s and more are too slow to explain a stall. */
export function pressureParser(resource: PressureResource): (text: string, emit: EmitValue) => void {
  const ids = {
    some: metricIdOf(`pressure_${resource}_some_us`),
    full: metricIdOf(`pressure_${resource}_full_us`),
  };
  return (text, emit) => {
    for (const line of text.split('\n')) {
      const found = LINE.exec(line);
      const totalUs = counterOf(found?.[2]);
      if (found !== null && totalUs !== undefined)
        emit(found[1] === 'some' ? ids.some : ids.full, 0, totalUs);
    }
  };
}
