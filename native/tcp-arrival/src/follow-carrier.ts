import type { Duplex } from 'node:stream';
import type { ArrivalStamp } from './arrival-stamp.js';
import { StampRuns } from './stamp-runs.js';

/**
 * Stamps what comes out of `stream` (Node's TLS) like the bytes of its carrier that released it. TLS opens a record while it handles
 * the read that completed it, and pushes its plaintext before it returns, so the carrier's stamp at that moment is the record's,
 * also where the record spans reads, and where tickets and other records without plaintext lie between (tls-stamps.test.ts).
 */
export function followCarrier(
  stream: Duplex,
  carrier: Duplex,
  stampOf: (carrier: Duplex) => ArrivalStamp | undefined,
): StampRuns {
  const runs = new StampRuns();
  const push = stream.push.bind(stream);
  const read = stream.read.bind(stream) as (mostBytes?: number) => Buffer | null;
  stream.push = (bytes: Buffer | null, encoding?: BufferEncoding) => {
    const stamp = stampOf(carrier);
    if (bytes === null || stamp === undefined) return push(bytes, encoding);
    return runs.push(
      bytes.length,
      stamp,
      () => push(bytes, encoding),
      () => stream.readableLength === 0,
    );
  };
  stream.read = (mostBytes?: number) => runs.read(mostBytes, read);
  return runs;
}
