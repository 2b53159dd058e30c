import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FLUIDSCOPE } from './simulator.mjs';
import { runPinned } from './run-pinned.mjs';

const DISTURB = fileURLToPath(new URL('disturb.mjs', import.meta.url));
const REPORT_USAGE = fileURLToPath(new URL('report-usage.mjs', import.meta.url));

/**
 * `fluidscope run` as a user runs it, on the client's core. Its CPU time is the whole command's: start, trace, metrics.
 *
 * @param {{ url: string; model: string; trace: string; load: readonly string[]; disturb?: string }} run `load`: further flags;
 *   `disturb`: what disturb.mjs does to it
 * @returns {Promise<{ summary: any; cpuUs: number; samples: readonly { atS: number; monoNs: number; rssBytes: number; cpuUs: number }[] }>} the summary
 *   is what `--json` printed
 */
export async function runFluidscope({ url, model, trace, load, disturb = 'none' }) {
  const usageFile = `${trace}.usage.json`;
  const printed = await runPinned(
    [
      ...[process.execPath, '--import', REPORT_USAGE, '--import', DISTURB],
      ...[FLUIDSCOPE, 'run', '--url', url, '--model', model],
      ...[...load, '--output', trace, '--json', '--quiet'],
    ],
    { USAGE_FILE: usageFile, DISTURB: disturb },
  );
  return { summary: JSON.parse(printed), ...JSON.parse(readFileSync(usageFile, 'utf8')) };
}
