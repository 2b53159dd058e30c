import { UsageError } from '@fluidscope/errors';
import type { StampedSocket, StampedSockets } from '@fluidscope/llm-client';
import { durationNs } from '@fluidscope/units';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createRunClock } from '../run-clock.js';
import { clientSettings, hasKernelStamps } from '../testing/real-client.js';
import { chooseStampSource } from './choose-stamp-source.js';
import { createLoadClient } from './create-load-client.js';
import type { SampledConnections } from '../transport/connection-sampling.js';
import type { KernelSockets } from './kernel-sockets.js';
import { probeKernelStamps } from './probe-kernel-stamps.js';

const WORKS = { works: true, boundNs: durationNs(2_000), readLaterNs: durationNs(1e6) } as const;
const FAILS = { works: false, reason: 'it was not built', hint: 'Build it' } as const;

describe('the stamp source of a run', () => {
  it('is the kernel where it can be', async () => {
    for (const asked of ['auto', 'kernel'] as const) {
      expect(await chooseStampSource(asked, async () => WORKS)).toEqual({
        asked,
        source: 'kernel',
        warnings: [],
      });
    }
  });

  it('is the event loop where it cannot, with one warning that says why and what to do', async () => {
    const { source, warnings } = await chooseStampSource('auto', async () => FAILS);
    expect(source).toBe('user');
    expect(warnings.map(({ code }) => code)).toEqual(['user_stamps']);
    for (const part of ['it was not built', 'Build it', '--stamp-source user']) {
      expect(warnings[0]?.message).toContain(part);
    }
  });

  it('is refused where the kernel was demanded, with the reason', async () => {
    const refused = chooseStampSource('kernel', async () => FAILS);
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toMatchObject({
      problems: ['Expected kernel stamps for --stamp-source but it was not built'],
      hint: 'Build it, or take --stamp-source auto',
    });
  });

  it('is not tried where the event loop was asked for', async () => {
    const chosen = await chooseStampSource('user', () => {
      throw new Error('tried');
    });
    expect(chosen).toEqual({ asked: 'user', source: 'user', warnings: [] });
  });
});

/** Node's own sockets under this port, stamped as the test says. */
class FakeSockets implements KernelSockets {
  disposedCount = 0;
  readonly #open = new Set<Socket>();
  readonly stampOf: StampedSockets['stampOf'];

  constructor(stampOf: StampedSockets['stampOf']) {
    this.stampOf = stampOf;
  }

  connect({ host, port }: { readonly host: string; readonly port: number }): StampedSocket {
    const socket = connect(port, host);
    this.#open.add(socket);
    return socket;
  }

  follow(): void {}

  carry(): void {}

  hasPeerEnded(): boolean {
    return false;
  }

  startSampling(): void {}

  stopSampling(): void {}

  takeSamples(): SampledConnections {
    return {
      length: 0,
      lostCount: 0,
      value: () => Number.NaN,
      cause: () => 'interval',
      connection: () => ({ peer: '', requestId: undefined }),
    };
  }

  [Symbol.dispose](): void {
    this.disposedCount += 1;
    for (const socket of this.#open) socket.destroy();
  }
}

describe('the probe', () => {
  it.skipIf(!hasKernelStamps())('finds the kernel’s stamps, and their bounds', async () => {
    const probed = await probeKernelStamps({ bytesCount: 5 });
    expect(probed.works, JSON.stringify(probed)).toBe(true);
    if (probed.works) expect(probed.boundNs).toBeGreaterThanOrEqual(0);
  });

  it('waits for a kernel that begins to stamp after the first bytes', async () => {
    const clock = createRunClock();
    let askedCount = 0;
    const sockets = new FakeSockets(() => {
      askedCount += 1;
      return { arrivalNs: clock.nowNs(), errorNs: 1e9, source: askedCount < 4 ? 'user' : 'kernel' };
    });
    expect(await probeKernelStamps({ openSockets: () => sockets })).toMatchObject({ works: true });
    expect(askedCount).toBe(23);
  });

  it('says why no sockets open', async () => {
    const { works, ...why } = FAILS;
    expect(await probeKernelStamps({ openSockets: () => why })).toEqual({ works, ...why });
  });

  it.each([
    ['that the kernel stamps nothing', { arrivalNs: 0, errorNs: 0, source: 'user' }, 'stamps nothing'],
    ['that stamps cannot be true', { arrivalNs: 0, errorNs: 0, source: 'kernel' }, 'before it was written'],
    ['so of stamps to come', { arrivalNs: 1e15, errorNs: 0, source: 'kernel' }, 'after it was read'],
  ] as const)('says %s, and closes what it opened', async (_what, stamp, reason) => {
    const sockets = new FakeSockets(() => stamp);
    const probed = await probeKernelStamps({ openSockets: () => sockets });
    expect(probed).toMatchObject({ works: false, reason: expect.stringContaining(reason) as string });
    expect(sockets.disposedCount).toBe(1);
  });

  it('says that there is no way to itself', async () => {
    const sockets = new FakeSockets(() => undefined);
    sockets.connect = () => connect(1, '127.0.0.1');
    const probed = await probeKernelStamps({ openSockets: () => sockets });
    expect(probed).toMatchObject({ works: false, reason: expect.stringContaining('ECONNREFUSED') as string });
  });
});

describe('a load’s client', () => {
  const clock = createRunClock();

  it('ends the sockets’ thread when it is closed', async () => {
    const sockets = new FakeSockets(() => undefined);
    const client = createLoadClient({
      client: clientSettings('http://127.0.0.1:1'),
      stampSource: 'kernel',
      clock,
      openSockets: () => sockets,
    });
    await client.close();
    expect(sockets.disposedCount).toBe(1);
  });

  it('leaves none behind where it cannot be made', () => {
    const sockets = new FakeSockets(() => undefined);
    const options = { client: clientSettings('no address'), clock, openSockets: () => sockets };
    expect(() => createLoadClient({ ...options, stampSource: 'kernel' })).toThrow(/no address/);
    expect(sockets.disposedCount).toBe(1);
  });

  it('says why there are no kernel stamps, and opens nothing for the event loop’s', async () => {
    const options = { client: clientSettings('http://127.0.0.1:1'), clock, openSockets: () => FAILS };
    expect(() => createLoadClient({ ...options, stampSource: 'kernel' })).toThrow(/it was not built/);
    await createLoadClient({ ...options, stampSource: 'user' }).close();
  });
});
