import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FluidscopeProcess } from './fluidscope-process.js';

const LIBRARY = fileURLToPath(
  new URL('../../native/nvml-sim/build/Release/libnvidia-ml.so.1', import.meta.url),
);
const ADDON = fileURLToPath(
  new URL('../../native/nvml-sampler/build/Release/nvml-sampler.node', import.meta.url),
);
const ADDRESS = /http:\/\/[\d.:]+/;
const INJECTOR = fileURLToPath(new URL('./inject-faults.mjs', import.meta.url));

export const areGpusSimulated = existsSync(LIBRARY) && existsSync(ADDON);
if (!areGpusSimulated) console.log('not run: the native parts are not built (npm run build)');

export interface HostOptions {
  readonly folder: string;
  /** Where its processes run; see `FluidscopeProcess`. */
  readonly within?: readonly string[];
  /** Beyond loopback, on these ports, rather than on any free ones of loopback. */
  readonly ports?: { readonly sim: number; readonly agent: number } | undefined;
  /** A scenario that says what the engine and its GPUs are and what befalls them; an engine on two GPUs by default. */
  readonly scenario?: string;
}

/** A GPU host: an engine on two simulated GPUs, and an agent that sees them through the simulated NVML. */
export interface SimulatedHost extends AsyncDisposable {
  readonly simUrl: string;
  readonly agentUrl: string;
  /** What the server wrote when, and what its GPUs did: complete once the host has ended. */
  readonly truthFile: string;
  readonly gpuTruth: string;
  readonly faultLog: string;
  /** Waits for `streams` running requests, then for `afterMs`, and injects; the instants are of the host's CLOCK_MONOTONIC. */
  inject(streams: number, faults: readonly TimedFault[]): Promise<readonly bigint[]>;
}

export interface TimedFault {
  readonly afterMs: number;
  readonly fault: Readonly<Record<string, string | number>>;
}

export async function startSimulatedHost({
  folder,
  within = [],
  ports,
  scenario,
}: HostOptions): Promise<SimulatedHost> {
  const [truthFile, faultLog, gpuTruth, state] = ['truth.csv', 'faults.ndjson', 'truth.ndjson', 'gpus'].map(
    (name) => join(folder, name),
  ) as [string, string, string, string];
  const simFlags = ports === undefined ? ['--port', '0'] : remote('--host', '--port', ports.sim);
  const sim = new FluidscopeProcess(
    [
      ...['sim', '--model', 'm', ...simFlags],
      ...(scenario === undefined ? ['--gpus', '2'] : ['--scenario', scenario]),
      ...['--gpu-state', state, '--truth', truthFile, '--fault-log', faultLog],
      ...['--gpu-truth', gpuTruth],
    ],
    {},
    within,
  );
  const running = [sim];
  const end = async (): Promise<void> => {
    for (const each of running.toReversed()) {
      each.kill('SIGTERM');
      await each.finished;
    }
  };
  try {
    const [simUrl] = await sim.printed(ADDRESS);
    const agent = startAgent({ within, ports, state });
    running.push(agent);
    const [agentUrl] = await agent.printed(ADDRESS);
    const localUrl = simUrl.replace('0.0.0.0', '127.0.0.1');
    return {
      simUrl,
      agentUrl: agentUrl.replace('http', 'ws'),
      truthFile,
      gpuTruth,
      faultLog,
      inject: (streams, faults) => injectFaults(within, [localUrl, String(streams), JSON.stringify(faults)]),
      [Symbol.asyncDispose]: end,
    };
  } catch (thrown) {
    await end();
    throw thrown;
  }
}

function startAgent({
  within,
  ports,
  state,
}: Required<Pick<HostOptions, 'within'>> &
  Pick<HostOptions, 'ports'> & { readonly state: string }): FluidscopeProcess {
  const listen =
    ports === undefined ? ['--listen', '127.0.0.1:0'] : ['--listen', `0.0.0.0:${ports.agent}`, '--insecure'];
  return new FluidscopeProcess(
    ['agent', ...listen, '--calibration', '0ms', '--no-nvidia-smi', '--json', '--quiet'],
    { FLUIDSCOPE_NVML_LIBRARY: LIBRARY, FLUIDSCOPE_NVML_SIM_STATE: state },
    within,
  );
}

function remote(hostFlag: string, portFlag: string, port: number): string[] {
  return [hostFlag, '0.0.0.0', portFlag, String(port), '--allow-remote'];
}

/** From the host itself: faults are taken from no other machine. */
async function injectFaults(within: readonly string[], args: readonly string[]): Promise<readonly bigint[]> {
  const [program = process.execPath, ...rest] = [...within, process.execPath, INJECTOR, ...args];
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (bytes: Buffer) => (printed += bytes.toString()));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (status !== 0)
    throw new Error(`Expected the faults to be taken but the injector ended with ${String(status)}`);
  return (JSON.parse(printed) as readonly string[]).map(BigInt);
}
