import { FluidscopeError } from '@fluidscope/errors';
import { createLlmClient, type LlmClientOptions } from '@fluidscope/llm-client';
import type { StampSource } from '@fluidscope/trace-schema';
import type { StartedRunClock } from '../run-clock.js';
import type { SampledClient } from '../transport/connection-sampling.js';
import { openKernelSockets, type OpenKernelSockets } from './kernel-sockets.js';

/** A client's settings as plain data: what belongs to one thread, its clock and its sockets, is made there. */
export type LoadClientSettings = Omit<LlmClientOptions, 'clock' | 'connector' | 'sockets'>;

export interface LoadClientOptions {
  readonly client: LoadClientSettings;
  readonly stampSource: StampSource;
  readonly clock: StartedRunClock;
  readonly openSockets?: OpenKernelSockets;
}

/**
 * A client whose tokens are stamped as asked, on `clock`. Its `close` also ends the sockets' thread.
 *
 * Throws where `kernel` cannot be had (see `chooseStampSource`), and what `createLlmClient` throws.
 */
export function createLoadClient(options: LoadClientOptions): SampledClient {
  const { client: settings, stampSource, clock, openSockets = openKernelSockets } = options;
  if (stampSource === 'user') return createLlmClient({ ...settings, clock });
  const sockets = openSockets(clock.startedMonoNs);
  if ('reason' in sockets) {
    // In one sentence: of what fails a worker, the message alone reaches the run.
    throw new FluidscopeError(
      `Expected kernel stamps but ${sockets.reason}. ${sockets.hint}, or take --stamp-source user`,
      { code: 'harness.no-kernel-stamps', hint: sockets.hint },
    );
  }
  try {
    const client = createLlmClient({ ...settings, clock, sockets });
    return {
      connections: sockets,
      send: (request, observer, signal) => client.send(request, observer, signal),
      close: async () => {
        try {
          await client.close();
        } finally {
          sockets[Symbol.dispose]();
        }
      },
    };
  } catch (thrown) {
    sockets[Symbol.dispose]();
    throw thrown;
  }
}
