import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { messageOf } from '@fluidscope/errors';

/**
 * Of what crosses between `src/binding/addon.cc`, which has the same number, and this package's JavaScript: options, counters, records, the JSON
 * of events and descriptions. One more with every change to any of them; a test compares the two.
 */
export const ADDON_INTERFACE_VERSION = 2;

/** What `src/binding/addon.cc` exports. */
export interface Addon {
  readonly interfaceVersion: number;
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
  { readonly isAvailable: true; readonly path: string; readonly addon: Addon } | AddonUnavailability;

export interface AddonUnavailability {
  readonly isAvailable: false;
  /** `mismatched`: a binary loads, but another version of this package built it. */
  readonly kind: 'missing' | 'mismatched';
  readonly reason: string;
  readonly hint: string;
}

const MISSING_HINT =
  'GPUs are read through nvidia-smi instead. For the native sampler install CMake and a C++17 compiler, then run: npm run build';
const MISMATCHED_HINT =
  'GPUs are read through nvidia-smi instead. For the native sampler run: npm run build (in a checkout), or install the package anew';

/** The binary that was built here, or the prebuilt one that fits; never throws: what is missing, and the fix, are the answer. */
export function loadAddon(): AddonAvailability {
  const require = createRequire(import.meta.url);
  const root = new URL('..', import.meta.url);
  const libc = isMusl() ? '-musl' : '';
  const problems: string[] = [];
  let isMismatched = false;
  for (const place of ['build/Release', `prebuilds/${process.platform}-${process.arch}${libc}`]) {
    const file = new URL(`${place}/nvml-sampler.node`, root);
    if (!existsSync(file)) continue;
    try {
      const addon = require(file.pathname) as Addon;
      const problem = interfaceProblem(addon);
      if (problem === undefined) return { isAvailable: true, path: file.pathname, addon };
      problems.push(`${place}: ${problem}`);
      isMismatched = true;
    } catch (error) {
      problems.push(`${place}: ${messageOf(error)}`);
    }
  }
  if (isMismatched) return mismatched(problems.join('; '));
  const unavailable = new URL('build/unavailable', root);
  if (existsSync(unavailable)) problems.push(readFileSync(unavailable, 'utf8'));
  const reason = problems.length > 0 ? problems.join('; ') : 'it was not built, and no prebuilt binary fits';
  return { isAvailable: false, kind: 'missing', reason, hint: MISSING_HINT };
}

/** The answer for a binary that does not speak as this JavaScript does. */
export function mismatched(reason: string): AddonUnavailability {
  return { isAvailable: false, kind: 'mismatched', reason, hint: MISMATCHED_HINT };
}

/** Why a binary that loaded is of no use here; binaries from before there were versions have none. */
export function interfaceProblem({ interfaceVersion }: Partial<Addon>): string | undefined {
  if (interfaceVersion === ADDON_INTERFACE_VERSION) return undefined;
  return `expected a binary of interface version ${ADDON_INTERFACE_VERSION} but it has ${interfaceVersion ?? 'none'}: it and this JavaScript are of different builds`;
}

function isMusl(): boolean {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return process.platform === 'linux' && header?.glibcVersionRuntime === undefined;
}
