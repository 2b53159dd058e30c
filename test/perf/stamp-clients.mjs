import { fileURLToPath } from 'node:url';
import { runPinned } from './run-pinned.mjs';
import { csvRows } from './truth.mjs';
import { VENV_PYTHON } from './venv-python.mjs';

const program = (name) => fileURLToPath(new URL(`clients/${name}`, import.meta.url));

const NODE = [process.execPath, '--import', fileURLToPath(new URL('disturb.mjs', import.meta.url))];

const CLIENTS = {
  'llm-client': [...NODE, program('llm-client.mjs'), 'kernel'],
  'llm-client, user stamps': [...NODE, program('llm-client.mjs'), 'user'],
  undici: [...NODE, program('undici-client.mjs')],
  aiohttp: [VENV_PYTHON, program('aiohttp_client.py')],
  httpx: [VENV_PYTHON, program('httpx_client.py')],
};

/**
 * Runs one of the clients in `clients/` on a core of its own.
 *
 * @param {string} name
 * @param {{ url: string; model: string; streamsCount: number; tokensCount: number; out: string; disturb: string }} load
 * @returns {Promise<{ cpuUs: number; stamps: { token: string; stampNs: number; boundNs: number | undefined }[] }>}
 */
export async function runStampClient(name, { url, model, streamsCount, tokensCount, out, disturb }) {
  const client = CLIENTS[name];
  if (client === undefined) throw new Error(`Expected one of ${Object.keys(CLIENTS)} but received ${name}`);
  const load = [url, model, String(streamsCount), String(tokensCount), out];
  const { cpu_us: cpuUs } = JSON.parse(await runPinned([...client, ...load], { DISTURB: disturb }));
  const stamps = [];
  for await (const [responseId, tokenIndex, stampNs, boundNs] of csvRows(out)) {
    stamps.push({
      token: `${responseId},${tokenIndex}`,
      stampNs: Number(stampNs),
      boundNs: boundNs === undefined ? undefined : Number(boundNs),
    });
  }
  return { cpuUs, stamps };
}
