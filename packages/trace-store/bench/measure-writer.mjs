import { setImmediate as nextTurn } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { chunkBatches, ROWS_COUNT } from './chunk-batches.mjs';

/** What it costs to make the rows and to hand them to no one: taken off the figures of a contender. */
async function costOfRows() {
  return measure(
    () => {},
    async () => {},
  );
}

async function measure(append, close) {
  const cpu = process.cpuUsage();
  const mainThreadUs = readMainThreadUs();
  const began = performance.now();
  for (const batch of chunkBatches()) {
    append(batch);
    await nextTurn();
  }
  await close();
  const wallMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuUs: user + system, mainThreadUs: readMainThreadUs() - mainThreadUs };
}

/** Rates and costs of one writer, from the first row to a file that is safe on the disk. */
export async function measureWriter(append, close) {
  const rows = await costOfRows();
  const all = await measure(append, close);
  return {
    rows_per_s: ROWS_COUNT / ((all.wallMs - rows.wallMs) / 1_000),
    main_thread_us_per_row: (all.mainThreadUs - rows.mainThreadUs) / ROWS_COUNT,
    cpu_us_per_row: (all.cpuUs - rows.cpuUs) / ROWS_COUNT,
    peak_rss_bytes: process.resourceUsage().maxRSS * 1_024,
  };
}

/** CPU time of the thread of the event loop, of which every microsecond may delay a stamp. Linux only, NaN elsewhere. */
function readMainThreadUs() {
  try {
    const [onCpuNs] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
    return Number(onCpuNs) / 1_000;
  } catch {
    return NaN;
  }
}
