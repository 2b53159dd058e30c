import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const RELAY = fileURLToPath(new URL('./delaying-relay.mjs', import.meta.url));
/** How far the host's CLOCK_MONOTONIC is before the client's, exactly: whole seconds are what `unshare` takes. */
export const CLOCK_AHEAD_S = 5_000;
const CLIENT_ADDRESS = '10.213.7.1';
const HOST_ADDRESS = '10.213.7.2';
const AHEAD = ['unshare', '--time', '--monotonic', String(CLOCK_AHEAD_S), '--'] as const;

export interface Delays {
  /** To the host, and back. */
  readonly outMs: number;
  readonly backMs: number;
}

/** Two network namespaces joined by a cable, and a clock of its own for what runs on the far side. */
export interface SeparateHost extends AsyncDisposable {
  readonly clientWithin: readonly string[];
  readonly hostWithin: readonly string[];
  /** An address on the client's side that leads to a port of the host's, slowly. */
  relayTo(port: number, delays: Delays): Promise<string>;
  /** Packets that the loss has taken so far. */
  droppedCount(): number;
}

/** What this machine lets us take apart; said aloud once where it does not. */
export const canSeparate = lookAtRights();

function lookAtRights(): { readonly networks: boolean; readonly loss: boolean } {
  const networks = tryNetworks();
  if (networks !== undefined) console.log(`not run across network namespaces: ${networks}`);
  const loss = networks ?? (succeeds('nft', '--version') ? undefined : 'nft is not there (package nftables)');
  if (networks === undefined && loss !== undefined) console.log(`not run with lost packets: ${loss}`);
  return { networks: networks === undefined, loss: loss === undefined };
}

function tryNetworks(): string | undefined {
  if (process.getuid?.() !== 0) return 'it needs root';
  if (!succeeds('ip', 'netns', 'list')) return 'there is no ip (package iproute2)';
  const name = `fluidscope-try-${process.pid}`;
  if (!succeeds('ip', 'netns', 'add', name)) return 'namespaces cannot be made here';
  try {
    const cable = ['link', 'add', 'try-a', 'type', 'veth', 'peer', 'name', 'try-b'];
    if (!succeeds('ip', '-n', name, ...cable)) return 'no cable (veth) can be laid here';
    return isClockMovable() ? undefined : 'the kernel or unshare has no time namespaces';
  } finally {
    succeeds('ip', 'netns', 'del', name);
  }
}

function isClockMovable(): boolean {
  const [program, ...args] = AHEAD;
  const source = 'console.log(String(process.hrtime.bigint()))';
  const before = process.hrtime.bigint();
  const { status, stdout } = spawnSync(program, [...args, process.execPath, '-e', source], {
    encoding: 'utf8',
  });
  return status === 0 && Number(BigInt(stdout.trim()) - before) / 1e9 > CLOCK_AHEAD_S - 1;
}

function succeeds(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

export function separateHost({ lossPct = 0 }: { readonly lossPct?: number } = {}): SeparateHost {
  const client = `fluidscope-client-${process.pid}`;
  const host = `fluidscope-host-${process.pid}`;
  const relays: ChildProcess[] = [];
  const clientWithin = ['ip', 'netns', 'exec', client];
  const hostWithin = ['ip', 'netns', 'exec', host];
  const takeDown = (): void => [client, host].forEach((name) => succeeds('ip', 'netns', 'del', name));
  try {
    joinNetworks(client, host);
    if (lossPct > 0) loseFrom(hostWithin, lossPct);
  } catch (thrown) {
    takeDown();
    throw thrown;
  }
  return {
    clientWithin,
    hostWithin: [...hostWithin, ...AHEAD],
    async relayTo(port, { outMs, backMs }) {
      const [program = '', ...args] = clientWithin;
      const relay = spawn(
        program,
        [...args, process.execPath, RELAY, `${HOST_ADDRESS}:${port}`, String(outMs), String(backMs)],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      relays.push(relay);
      return new Promise((resolve, reject) => {
        relay.stdout.once('data', (bytes: Buffer) => resolve(bytes.toString().trim()));
        relay.once('close', () => reject(new Error('Expected a relay but it ended')));
      });
    },
    droppedCount() {
      const [program = '', ...args] = hostWithin;
      const rules = execFileSync(program, [...args, 'nft', 'list', 'ruleset'], { encoding: 'utf8' });
      return [...rules.matchAll(/packets (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
    },
    async [Symbol.asyncDispose]() {
      for (const relay of relays) {
        const ended = new Promise((resolve) => relay.once('close', resolve));
        relay.kill('SIGTERM');
        await ended;
      }
      takeDown();
    },
  };
}

function joinNetworks(client: string, host: string): void {
  const ip = (...args: readonly string[]): void => void execFileSync('ip', args);
  ip('netns', 'add', client);
  ip('netns', 'add', host);
  ip('-n', client, 'link', 'add', 'cable', 'type', 'veth', 'peer', 'name', 'cable', 'netns', host);
  for (const [name, address] of [
    [client, CLIENT_ADDRESS],
    [host, HOST_ADDRESS],
  ] as const) {
    ip('-n', name, 'address', 'add', `${address}/30`, 'dev', 'cable');
    ip('-n', name, 'link', 'set', 'cable', 'up');
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }
}

/** Drops a share of what comes over the cable and what leaves by it, at random. */
function loseFrom(within: readonly string[], lossPct: number): void {
  const [program = '', ...args] = within;
  const nft = (...words: readonly string[]): void => void execFileSync(program, [...args, 'nft', ...words]);
  nft('add table inet loss');
  for (const [hook, device] of [
    ['input', 'iifname'],
    ['output', 'oifname'],
  ] as const) {
    nft(`add chain inet loss ${hook} { type filter hook ${hook} priority 0; }`);
    nft(`add rule inet loss ${hook} ${device} "cable" numgen random mod 100 < ${lossPct} counter drop`);
  }
}
