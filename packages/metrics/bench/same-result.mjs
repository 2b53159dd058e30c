// Holds every contender's result against the first one's, which is kept in BENCH_DIR: a wrong answer is no fast answer.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Throws unless `result` equals the result of whichever contender ran first; values are integers. */
export function requireSameResult(result) {
  const path = join(process.env.BENCH_DIR, 'result.json');
  const text = JSON.stringify(Object.entries(result).sort());
  if (!existsSync(path)) writeFileSync(path, text);
  const first = readFileSync(path, 'utf8');
  if (first !== text)
    throw new Error(`Expected the result ${first} of the first contender but received ${text}`);
}
