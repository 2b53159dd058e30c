import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { messageOf } from '@fluidscope/errors';

/** What `src/binding/addon.cc` exports. */
export interface Addon {
  readonly Sampler: new (options: object, onFlush: FlushHandler) => { describe(): string; close(): void };
}

/** The records are at the start of `room`, which the next flush overwrites. `counters`: overruns, late wake-ups, guard changes, events dropped, the largest lateness in ns, ns inside NVML. */
export type FlushHandler = (
  room: ArrayBuffer,
  recordsBytes: number,
  counters: Float64Array,
  eventsJson: string | undefined,
) => void;

export type AddonAvailability =
  | { readonly isAvailable: true; readonly path: string; readonly addon: Addon }
  | { readonly isAvailable: false; readonly reason: string; readonly hint: string };

const HINT =
  'GPUs are read through nvidia-smi instead. For the native sampler install CMake and a C++17 compiler, then run: npm run build';

/** The binary that was built here, or the prebuilt one that fits; never throws: what is missing, and the fix, are the answer. */
export function loadAddon(): AddonAvailability {
  const require = createRequire(import.meta.url);
  const root = new URL('..', import.meta.url);
  const libc = isMusl() ? '-musl' : '';
  const problems: string[] = [];
  for (const place of ['build/Release', `prebuilds/${process.platform}-${process.arch}${libc}`]) {
    const file = new URL(`${place}/nvml-sampler.node`, root);
    if (!existsSync(file)) continue;
    try {
      return { isAvailable: true, path: file.pathname, addon: require(file.pathname) as Addon };
    } catch (error) {
      problems.push(`${place}: ${messageOf(error)}`);
    }
  }
  const unavailable = new URL('build/unavailable', root);
  if (existsSync(unavailable)) problems.push(readFileSync(unavailable, 'utf8'));
  const reason = problems.length > 0 ? problems.join('; ') : 'it was not built, and no prebuilt binary fits';
  return { isAvailable: false, reason, hint: HINT };
}

function isMusl(): boolean {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return process.platform === 'linux' && header?.glibcVersionRuntime === undefined;
}
