// Writes a trace until it is killed, and prints after each append how many chunks it has handed over by when:
// `<ms since 1970> <rows>`. Every row tells its own number: arrivalNs is 1,000 times it.
//
//   node … write-until-killed.ts PATH ROWS_PER_S
import { createTraceWriter } from '../index.js';
import { chunkRows } from './chunk-rows.js';
import { RUN_START, requestStart } from './records.js';

const [path = '', rowsPerS = '20000'] = process.argv.slice(2);
const TICK_MS = 20;

const writer = await createTraceWriter(path, RUN_START);
writer.appendRequestStarts([requestStart({ requestIndex: 0 }), requestStart({ requestIndex: 1 })]);
const beganMs = Date.now();
let rowsCount = 0;
setInterval(() => {
  const dueCount = Math.floor(((Date.now() - beganMs) / 1_000) * Number(rowsPerS));
  writer.appendChunks(chunkRows(rowsCount, dueCount - rowsCount));
  rowsCount = dueCount;
  process.stdout.write(`${Date.now()} ${rowsCount}\n`);
}, TICK_MS);
