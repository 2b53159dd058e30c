import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** How long an answer serves: long enough for a burst of connections, short enough to notice a move. */
const FRESH_MS = 10_000;

type Answer = (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void;
export type AskSystem = (host: string, options: LookupOptions & { all: true }, answer: Answer) => void;

interface Entry {
  readonly waiting: Answer[];
  addresses: readonly LookupAddress[] | undefined;
  freshUntilMs: number;
}

/**
 * Resolves each host once for all connections that open about the same time. Node asks the system for every
 * connection anew, on four threads: a burst of a thousand streams would wait in that queue, and the wait
 * would stand in their time to first token. Errors are not kept: the next connection asks again.
 */
export function sharedLookup(
  nowMs: () => number = () => performance.now(),
  askSystem: AskSystem = systemLookup,
): LookupFunction {
  const entries = new Map<string, Entry>();
  return (host, options, callback) => {
    const give: Answer = (error, addresses) => {
      // On an error Node hands over no list at all, whatever its types say.
      const first = error === null ? addresses[0] : undefined;
      if (first === undefined) callback(error, '', 0);
      else if (options.all === true) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    };
    const key = JSON.stringify([host, options.family, options.hints]);
    const known = entries.get(key);
    if (known?.addresses !== undefined && nowMs() < known.freshUntilMs) {
      const { addresses } = known;
      queueMicrotask(() => give(null, addresses));
      return;
    }
    if (known !== undefined && known.addresses === undefined) {
      known.waiting.push(give);
      return;
    }
    const entry: Entry = { waiting: [give], addresses: undefined, freshUntilMs: 0 };
    entries.set(key, entry);
    askSystem(host, { ...options, all: true }, (error, addresses) => {
      if (error === null) {
        entry.addresses = addresses;
        entry.freshUntilMs = nowMs() + FRESH_MS;
      } else {
        entries.delete(key);
      }
      for (const waiter of entry.waiting.splice(0)) waiter(error, addresses);
    });
  };
}
