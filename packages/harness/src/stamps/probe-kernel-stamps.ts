import { messageOf } from '@fluidscope/errors';
import type { ReadStamp } from '@fluidscope/llm-client';
import { durationNs, NS_PER_MS, type DurationNs } from '@fluidscope/units';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRunClock, type StartedRunClock } from '../run-clock.js';
import {
  openKernelSockets,
  type KernelSockets,
  type NoKernelStamps,
  type OpenKernelSockets,
} from './kernel-sockets.js';

/** What this machine's kernel stamps are worth, or why there are none. */
export type KernelStampsProbe =
  | {
      readonly works: true;
      /** The largest bound of the stamps that were tried. */
      readonly boundNs: DurationNs;
      /** How much later than its stamp a byte was read by an idle event loop, to which bytes come in batches; the median. */
      readonly readLaterNs: DurationNs;
    }
  | ({ readonly works: false } & NoKernelStamps);

export interface KernelStampsProbeOptions {
  /** Default 20: some 50 ms. */
  readonly bytesCount?: number;
  readonly openSockets?: OpenKernelSockets;
}

const PROBE_LIMIT_MS = 2_000;
/** The kernel begins to stamp from a work queue of its own some time after the first socket asks: bytes before that say nothing. */
const FIRST_STAMP_LIMIT_NS = 500 * NS_PER_MS;
const NO_STAMP_HINT =
  'A sandbox such as gVisor answers for the kernel: run the load outside of it, on Linux itself';

/**
 * Sends bytes to itself over loopback and looks at their stamps: whether they are the kernel's, and whether they lie where
 * they must, between the write and the read. Never rejects.
 */
export async function probeKernelStamps(options: KernelStampsProbeOptions = {}): Promise<KernelStampsProbe> {
  const { bytesCount = 20, openSockets = openKernelSockets } = options;
  const clock = createRunClock();
  const sockets = openSockets(clock.startedMonoNs);
  if ('reason' in sockets) return { works: false, ...sockets };
  try {
    return judge(await exchangeBytes(sockets, clock, bytesCount));
  } catch (thrown) {
    return {
      works: false,
      reason: `a connection to this machine itself failed (${messageOf(thrown)})`,
      hint: 'Bring the loopback interface up, or take --stamp-source user',
    };
  } finally {
    sockets[Symbol.dispose]();
  }
}

interface ProbedByte {
  readonly writtenNs: number;
  readonly readNs: number;
  readonly stamp: ReadStamp | undefined;
}

async function exchangeBytes(
  sockets: KernelSockets,
  clock: StartedRunClock,
  bytesCount: number,
): Promise<readonly ProbedByte[]> {
  const signal = AbortSignal.timeout(PROBE_LIMIT_MS);
  const server = createServer({ noDelay: true });
  const accepted = once(server, 'connection', { signal });
  accepted.catch(() => undefined);
  let socket: Duplex | undefined;
  let peer: Socket | undefined;
  try {
    await once(server.listen(0, '127.0.0.1'), 'listening', { signal });
    const { port } = server.address() as AddressInfo;
    socket = sockets.connect({ host: '127.0.0.1', port, lookup: noLookup });
    await once(socket, 'connect', { signal });
    [peer] = (await accepted) as [Socket];
    const startedNs = clock.nowNs();
    let byte = await exchangeByte(sockets, clock, { socket, peer, signal });
    while (byte.stamp?.source !== 'kernel' && byte.readNs - startedNs < FIRST_STAMP_LIMIT_NS) {
      await sleep(1);
      byte = await exchangeByte(sockets, clock, { socket, peer, signal });
    }
    const bytes = [byte];
    while (bytes.length < bytesCount)
      bytes.push(await exchangeByte(sockets, clock, { socket, peer, signal }));
    return bytes;
  } finally {
    socket?.destroy();
    peer?.destroy();
    server.close();
  }
}

interface Ends {
  readonly socket: Duplex;
  readonly peer: Socket;
  readonly signal: AbortSignal;
}

async function exchangeByte(sockets: KernelSockets, clock: StartedRunClock, ends: Ends): Promise<ProbedByte> {
  const writtenNs = clock.nowNs();
  ends.peer.write('x');
  await once(ends.socket, 'readable', { signal: ends.signal });
  ends.socket.read();
  return { writtenNs, readNs: clock.nowNs(), stamp: sockets.stampOf(ends.socket) };
}

function judge(bytes: readonly ProbedByte[]): KernelStampsProbe {
  for (const { writtenNs, readNs, stamp } of bytes) {
    if (stamp?.source !== 'kernel') {
      return { works: false, reason: 'the kernel stamps nothing that it receives', hint: NO_STAMP_HINT };
    }
    if (stamp.arrivalNs < writtenNs || stamp.arrivalNs - stamp.errorNs > readNs) {
      return {
        works: false,
        reason: 'a byte was stamped before it was written or after it was read',
        hint: NO_STAMP_HINT,
      };
    }
  }
  const boundsNs = bytes.map(({ stamp }) => stamp?.errorNs ?? 0);
  const laterNs = bytes.map(({ readNs, stamp }) => readNs - (stamp?.arrivalNs ?? 0)).sort((a, b) => a - b);
  return {
    works: true,
    boundNs: durationNs(Math.round(Math.max(...boundsNs))),
    readLaterNs: durationNs(Math.round(laterNs[laterNs.length >> 1] ?? 0)),
  };
}

function noLookup(
  _host: string,
  _options: unknown,
  callback: (error: NodeJS.ErrnoException | null, addresses: string) => void,
): void {
  callback(new Error('Expected an address but received a name'), '');
}
