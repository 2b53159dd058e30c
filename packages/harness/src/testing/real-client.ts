import type { LoadClientSettings } from '../stamps/create-load-client.js';
import { openKernelSockets } from '../stamps/kernel-sockets.js';
import { createRunClock } from '../run-clock.js';

/** A client of a test's server, without limits. */
export function clientSettings(baseUrl: string): LoadClientSettings {
  return {
    baseUrl,
    endpointType: 'chat',
    model: 'm',
    apiKey: undefined,
    headers: {},
    extraBody: {},
    timeouts: {
      connectTimeoutNs: undefined,
      firstByteTimeoutNs: undefined,
      idleTimeoutNs: undefined,
      totalTimeoutNs: undefined,
    },
  };
}

/** Whether kernel-stamped sockets are built here; says aloud what is not tried without them, and throws where they must be. */
export function hasKernelStamps(): boolean {
  const sockets = openKernelSockets(createRunClock().startedMonoNs);
  if (!('reason' in sockets)) {
    sockets[Symbol.dispose]();
    return true;
  }
  const why = `Skipped what needs kernel-stamped sockets: ${sockets.reason}`;
  if (process.env['FLUIDSCOPE_REQUIRE_NATIVE'] === '1') throw new Error(why);
  console.log(why);
  return false;
}
