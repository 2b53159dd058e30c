import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { messageOf } from '@fluidscope/errors';
import type { ConnectionFigures } from './connection-figures.js';

/** What `src/binding/addon.cc` exports. */
export interface Addon {
  readonly Reactor: new (originMonoNs: bigint, onWake: () => void) => Reactor;
}

export interface Reactor {
  /** The socket's number, or a negative errno. */
  connect(address: string, port: number, family: number): number;
  /** Whether the bytes are with the kernel; if not, they are kept and a drained event follows. */
  write(socket: number, bytes: Uint8Array): boolean;
  finishWriting(socket: number): void;
  setReading(socket: number, reads: boolean): void;
  closeSocket(socket: number): void;
  info(socket: number): ConnectionFigures | undefined;
  /** Five numbers an event (socket, kind, bytes or errno, arrival, error) and the bytes of all. `undefined`: closed. */
  take(): readonly [Float64Array, Buffer] | undefined;
  /** Samples every connection from now on; without arguments no more. */
  setSampling(periodMs?: number, silenceMs?: number): void;
  /** What was sampled since the last call (`ConnectionSamples` reads it), and how many samples were not kept. `undefined`: closed. */
  takeSamples(): readonly [Float64Array, number] | undefined;
  /** Whether the event loop stays alive for what may come. */
  hold(holds: boolean): void;
  held(): ReactorHeld;
  close(): void;
}

/** What the native side keeps now, for its sockets and for whoever takes: all 0 once every socket is closed and all was taken. */
export interface ReactorHeld {
  readonly socketsCount: number;
  readonly throttledCount: number;
  readonly eventsCount: number;
  readonly eventsBytes: number;
  readonly samplesCount: number;
}

export type AddonAvailability =
  | { readonly isAvailable: true; readonly addon: Addon }
  | { readonly isAvailable: false; readonly reason: string; readonly hint: string };

const HINT = 'For kernel stamps install CMake and a C++17 compiler, then run: npm run build';

/** The binary that was built here, or the prebuilt one that fits; never throws: what is missing, and the fix, are the answer. */
export function loadAddon(): AddonAvailability {
  if (process.platform !== 'linux') {
    const reason = `expected Linux, whose kernel stamps what it receives, but this is ${process.platform}`;
    return { isAvailable: false, reason, hint: 'Run the load from Linux for kernel stamps' };
  }
  const require = createRequire(import.meta.url);
  const root = new URL('..', import.meta.url);
  const libc = isMusl() ? '-musl' : '';
  const problems: string[] = [];
  for (const place of ['build/Release', `prebuilds/${process.platform}-${process.arch}${libc}`]) {
    const file = new URL(`${place}/tcp-arrival.node`, root);
    if (!existsSync(file)) continue;
    try {
      return { isAvailable: true, addon: require(file.pathname) as Addon };
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
  return header?.glibcVersionRuntime === undefined;
}
