import { metricIdOf, type ParseFile } from './emit-value.js';
import { bytesOf } from './kernel-text.js';

export type PressureResource = 'cpu' | 'memory' | 'io';

const SOME = bytesOf('some ');
const FULL = bytesOf('full ');
const TOTAL = bytesOf('total=');

/** `/proc/pressure/RESOURCE`: the totals; the kernel's averages over 10 s and more are too slow to explain a stall. */
export function pressureParser(resource: PressureResource): ParseFile {
  const someId = metricIdOf(`pressure_${resource}_some_us`);
  const fullId = metricIdOf(`pressure_${resource}_full_us`);
  return (text, emit) => {
    do {
      const metricId = text.isAt(SOME) ? someId : text.isAt(FULL) ? fullId : undefined;
      if (metricId === undefined) continue;
      while (!text.isAtLineEnd && !text.isAt(TOTAL)) text.skipWord();
      if (!text.take(TOTAL)) continue;
      const totalUs = text.counter();
      if (totalUs !== undefined) emit(metricId, 0, totalUs);
    } while (text.nextLine());
  };
}
