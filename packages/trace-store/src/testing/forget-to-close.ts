// Opens a trace, appends, and has nothing more to do.
import { createTraceWriter } from '../index.js';
import { chunkRows } from './chunk-rows.js';
import { RUN_START } from './records.js';

const writer = await createTraceWriter(process.argv[2] ?? '', RUN_START);
writer.appendChunks(chunkRows(0, 10));
process.stdout.write('appended\n');
