// The true capacity of each SLO, once for all contenders: 1.5 M requests each, a minute or two of one core.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SLOS } from './virtual-server.mjs';
import { trueCapacity } from './virtual-search.mjs';

/** Rates a second near the capacities; `trueCapacity` throws where one is not. */
export const ABOUT = { fluidity: 24.9, ttft: 29, both: 22.1, small: 26.7 };
const REQUESTS_COUNT = 300_000;

const truth = Object.fromEntries(
  Object.entries(ABOUT).map(([slo, about]) => [slo, trueCapacity(SLOS[slo] ?? [], about, REQUESTS_COUNT)]),
);
writeFileSync(join(process.env['BENCH_DIR'] ?? '.', 'truth.json'), JSON.stringify(truth));
console.log(JSON.stringify(truth));
