import type { LookupAddress, LookupOptions } from 'node:dns';
import type { Duplex } from 'node:stream';
import type { StampSource } from '@fluidscope/trace-schema';

/** When bytes arrived: within `[arrivalNs - errorNs, arrivalNs]` of the client's clock. */
export interface ReadStamp {
  readonly arrivalNs: number;
  readonly errorNs: number;
  readonly source: StampSource;
}

/** A connection that may be idle: `unref` lets the process end while it is open. */
export interface StampedSocket extends Duplex {
  ref(): unknown;
  unref(): unknown;
}

/**
 * Sockets that know when their bytes arrived, whenever they are read: the port that `@fluidscope/tcp-arrival` fits. A `read` of
 * a socket must not return bytes of two stamps.
 */
export interface StampedSockets {
  /** `connect` or `error` follows, never before this returns. */
  connect(options: {
    readonly host: string;
    readonly port: number;
    readonly lookup: (
      host: string,
      options: LookupOptions & { all: true },
      callback: (error: NodeJS.ErrnoException | null, addresses: string | LookupAddress[]) => void,
    ) => void;
  }): StampedSocket;
  /** From now on what comes out of `stream` is stamped like the bytes of `carrier` that released it. */
  follow(stream: Duplex, carrier: Duplex): void;
  /** Names the request that a connection carries from now on, for whoever watches connections; `undefined`: none. */
  carry(stream: Duplex, requestId: string | undefined): void;
  /** Whether no answer can come over it any more, though its end may not have been read yet. */
  hasPeerEnded(stream: Duplex): boolean;
  /** The stamp of what was read from `stream` last; `undefined` for a stream of another kind. */
  stampOf(stream: Duplex): ReadStamp | undefined;
}
