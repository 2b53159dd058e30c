import { EXIT_STATUS, FluidscopeError } from '@fluidscope/errors';
import type { CliContext } from '../cli-context.js';
import { withEngine } from '../launch/with-engine.js';
import {
  addPrefillMeasurementFlags,
  loadPrefillConfig,
  type PrefillConfig,
  type PrefillFlags,
} from '../prefill/prefill-flags.js';
import { prefillText } from '../prefill/prefill-text.js';
import { runPrefill, type MeasuredPrefill } from '../prefill/run-prefill.js';
import type { RegisterCommand } from '../register-command.js';

const EXAMPLES = `
Examples:
  How long this server takes to its first token, from 256 tokens of prompt to the model's limit:
    $ fluidscope prefill -u http://localhost:8000 -m llama-3-8b -o prefill.json

  Lengths of your own, exact by the model's tokenizer, and with the prefix cache beside without:
    $ fluidscope prefill -u http://localhost:8000 -m llama-3-8b --lengths 512,1024,2048,4096,8192 \\
        --tokenizer ./llama-3-8b --prefix-cache measure -o prefill.json

  An engine that is started for it and stopped after it:
    $ fluidscope prefill --launch vllm -m meta-llama/Llama-3.1-8B-Instruct -o prefill.json

  Then a load in which each request's first token is due by its prompt's length:
    $ fluidscope run -u http://localhost:8000 -m llama-3-8b --request-rate 4 --duration 60s \\
        --isl lognormal:2048,2048 --prefill-profile prefill.json --ttft-slack 200ms+25%

Requests go out one at a time, their lengths in a shuffled order; nothing else should use the server meanwhile. The file is written after
every request, and the same command goes on where it was cut short. Prompt lengths are the server's own count where it gives usage.

The curve speaks for the lengths that were measured and a quarter beyond at either end; further out the nearest end stands in, and every
command says for how many requests. docs/prefill.md says how it is fitted.

Exit status: 0 done; 1 the measurement failed or was interrupted; 2 wrong flags or files; 4 no curve could be had.`;

/** `fluidscope prefill`: the time to the first token against the prompt's length, of a server that does nothing else. */
export const registerPrefillCommand: RegisterCommand = (program, context) => {
  addPrefillMeasurementFlags(
    program
      .command('prefill')
      .description(
        'Measure prefill time against prompt length, for first-token deadlines that fit each prompt.',
      ),
  )
    .addHelpText('after', EXAMPLES)
    .action((flags: PrefillFlags) => measure(flags, context));
};

async function measure(flags: PrefillFlags, context: CliContext): Promise<void> {
  const config = await loadPrefillConfig(flags, context.env);
  const { profile, noFitBecause } = await measureOnItsEngine(config, context, flags.quiet === true);
  if (flags.json === true)
    context.stdout.write(`${JSON.stringify({ path: config.path, ...profile }, undefined, 2)}\n`);
  else context.stdout.write(`${prefillText(profile, noFitBecause)}\nProfile: ${config.path}\n`);
  if (profile.fit === null)
    throw new FluidscopeError(`No curve could be fitted: ${noFitBecause}`, {
      code: 'prefill.no-curve',
      hint: 'The failures are listed above and in the file.',
      exitStatus: EXIT_STATUS.nothingMeasured,
    });
}

async function measureOnItsEngine(
  config: PrefillConfig,
  context: CliContext,
  quiet: boolean,
): Promise<MeasuredPrefill> {
  const { launch, endpoint, client } = config;
  if (launch === undefined) return runPrefill(config, context, quiet);
  const logPath = `${config.path.replace(/\.json$/, '')}.engine.log`;
  const secrets = endpoint.apiKey === undefined ? [] : [endpoint.apiKey];
  const { value } = await withEngine(
    launch,
    { logPath, context, quiet, secrets },
    ({ url, context: engineContext }) =>
      runPrefill(
        { ...config, endpoint: { ...endpoint, url }, client: { ...client, baseUrl: url } },
        engineContext,
        quiet,
      ),
  );
  return value;
}
