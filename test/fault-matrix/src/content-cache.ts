import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deflateSync, inflateSync } from 'node:zlib';

const ROOT = new URL('../../../', import.meta.url);
const CACHE = new URL('.cache/fault-matrix/', ROOT);

const fingerprints = new Map<string, string>();

/**
 * What was computed before from the same input by the same built code (folders below the repository's root), kept in `.cache`; else computed and kept.
 * Several threads may ask at once: each writes the same.
 */
export async function cachedBy<Result>(
  folders: readonly string[],
  input: unknown,
  compute: () => Result | Promise<Result>,
): Promise<Result> {
  const text = JSON.stringify([folders.map(fingerprintOf), input]);
  const key = createHash('sha256').update(text).digest('hex');
  const path = fileURLToPath(new URL(`${key}.json.z`, CACHE));
  const kept = read(path);
  if (kept !== undefined) return JSON.parse(kept) as Result;
  const result = await compute();
  mkdirSync(CACHE, { recursive: true });
  const unfinished = `${path}.${process.pid}.${Math.floor(performance.now() * 1e6)}`;
  writeFileSync(unfinished, deflateSync(JSON.stringify(result)));
  renameSync(unfinished, path);
  return result;
}

function read(path: string): string | undefined {
  try {
    return inflateSync(readFileSync(path)).toString();
  } catch {
    return undefined;
  }
}

function fingerprintOf(folder: string): string {
  const known = fingerprints.get(folder);
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  const url = new URL(`${folder}/`, ROOT);
  for (const file of readdirSync(url, { recursive: true, encoding: 'utf8' }).toSorted())
    if (file.endsWith('.js')) hash.update(file).update(readFileSync(new URL(file, url)));
  const fingerprint = hash.digest('hex');
  fingerprints.set(folder, fingerprint);
  return fingerprint;
}
