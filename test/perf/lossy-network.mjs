import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { csvRows } from './truth.mjs';

/** One segment in so many is lost on its way to the client. */
const LOST_ONE_IN = Number(process.env.LOST_ONE_IN ?? 100);
const SERVER_ADDRESS = '10.77.1.2';
const ROUTER = `fluidscope-router-${process.pid}`;
const SERVER = `fluidscope-server-${process.pid}`;
const CLIENT_LINK = `fsc${process.pid % 100_000}`;

/**
 * @typedef {object} LossyNetwork
 * @property {readonly string[]} serverCommand what to run a command with so that it serves behind the network
 * @property {string} serverAddress
 * @property {() => Promise<void>} observe from now on packets are seen as they come in
 * @property {() => Promise<Map<string, number>>} arrivals when each token's last byte could be read; after `close`
 * @property {() => Promise<void>} close
 */

/**
 * A network of two hops in namespaces of its own, whose router drops segments of the server's at random (nftables), and an observer
 * of packets on the client's end. Needs root, `ip`, `nft` and Python.
 *
 * @param {string} folder for what the observer sees
 * @returns {LossyNetwork}
 */
export function openLossyNetwork(folder) {
  const seenFile = join(folder, 'arrivals.csv');
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let observer;
  setUp();
  return {
    serverCommand: ['ip', 'netns', 'exec', SERVER],
    serverAddress: SERVER_ADDRESS,
    async observe() {
      const script = fileURLToPath(new URL('observe_arrivals.py', import.meta.url));
      observer = spawn('python3', [script, CLIENT_LINK, SERVER_ADDRESS, seenFile], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      await once(createInterface(observer.stdout), 'line');
    },
    async close() {
      if (observer?.exitCode === null) {
        const ended = once(observer, 'exit');
        observer.stdin.end();
        await ended;
      }
      takeDown();
    },
    async arrivals() {
      if (readFileSync(seenFile, 'utf8') === '') throw new Error('The observer saw nothing');
      const arrivals = new Map();
      for await (const [responseId, tokenIndex, arrivedNs] of csvRows(seenFile))
        arrivals.set(`${responseId},${tokenIndex}`, Number(arrivedNs));
      return arrivals;
    },
  };
}

function setUp() {
  try {
    for (const name of [ROUTER, SERVER]) {
      run('ip', 'netns', 'add', name);
      run('ip', '-n', name, 'link', 'set', 'lo', 'up');
    }
    run('ip', 'link', 'add', CLIENT_LINK, 'type', 'veth', 'peer', 'name', 'client', 'netns', ROUTER);
    run(
      'ip',
      '-n',
      ROUTER,
      'link',
      'add',
      'server',
      'type',
      'veth',
      'peer',
      'name',
      'uplink',
      'netns',
      SERVER,
    );
    for (const [where, link, address] of [
      [undefined, CLIENT_LINK, '10.77.0.1/24'],
      [ROUTER, 'client', '10.77.0.2/24'],
      [ROUTER, 'server', '10.77.1.1/24'],
      [SERVER, 'uplink', `${SERVER_ADDRESS}/24`],
    ]) {
      const ip = where === undefined ? [] : ['-n', where];
      run('ip', ...ip, 'address', 'add', address, 'dev', link);
      run('ip', ...ip, 'link', 'set', link, 'up');
    }
    run('ip', '-n', SERVER, 'route', 'add', 'default', 'via', '10.77.1.1');
    run('ip', 'route', 'add', '10.77.1.0/24', 'via', '10.77.0.2');
    run('ip', 'netns', 'exec', ROUTER, 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1');
    for (const rule of [
      'add table ip loss',
      'add chain ip loss forward { type filter hook forward priority 0; }',
      `add rule ip loss forward ip saddr ${SERVER_ADDRESS} ip protocol tcp numgen random mod ${LOST_ONE_IN} 0 drop`,
    ]) {
      run('ip', 'netns', 'exec', ROUTER, 'nft', rule);
    }
  } catch (failure) {
    takeDown();
    throw failure;
  }
}

/** The links and the route end with the namespaces. */
function takeDown() {
  spawnSync('ip', ['link', 'delete', CLIENT_LINK]);
  for (const name of [ROUTER, SERVER]) spawnSync('ip', ['netns', 'delete', name]);
}

function run(program, ...args) {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr}`);
}
