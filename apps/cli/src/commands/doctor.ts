import { readHostFacts } from '@fluidscope/host-probes';
import {
  addAgentAccessFlags,
  readAgentAccess,
  TOKEN_ON_COMMAND_LINE,
  type AgentAccessFlags,
} from '../agent-access.js';
import type { CliContext } from '../cli-context.js';
import { doctorText } from '../doctor/doctor-text.js';
import { lookAtAgent } from '../doctor/look-at-agent.js';
import { lookAtGpus } from '../doctor/look-at-gpus.js';
import { lookAtHost } from '../doctor/look-at-host.js';
import { FlagReader } from '../flag-reader.js';
import type { RegisterCommand } from '../register-command.js';

interface DoctorFlags extends AgentAccessFlags {
  readonly agent?: string;
  readonly json?: true;
  readonly quiet?: true;
}

const EXAMPLES = `
Examples:
  What this machine can and cannot measure, and why:
    $ fluidscope doctor

  The same for programs:
    $ fluidscope doctor --json | jq '.findings[] | select(.state != "ok")'

  Whether an agent answers, what it reads, and how well its clock can be read from here:
    $ fluidscope doctor --agent ws://127.0.0.1:7420
    $ fluidscope doctor --agent wss://gpu7:7420 --agent-token-file token --agent-ca ca.pem

It only looks, for up to five seconds, and changes nothing. An agent's token comes from --agent-token-file or FLUIDSCOPE_AGENT_TOKEN.
Each line is ok, limited (measured less well) or missing. Exit status: 0 when it could look, whatever it found; 2 for flags that are wrong.`;

/** `fluidscope doctor`: what this machine can measure. */
export const registerDoctorCommand: RegisterCommand = (program, context) => {
  addAgentAccessFlags(
    program
      .command('doctor')
      .description('Say what this machine can and cannot measure, and why.')
      .option('--agent <url>', 'also ask this agent, such as ws://127.0.0.1:7420'),
  )
    .option('--json', 'print the findings as JSON')
    .option('--quiet', 'print nothing on stderr')
    .addHelpText('after', EXAMPLES)
    .action((flags: DoctorFlags) => runDoctor(flags, context));
};

async function runDoctor(flags: DoctorFlags, context: CliContext): Promise<void> {
  const { stdout, stderr, interrupted, env } = context;
  const reader = new FlagReader();
  const access = readAgentAccess(reader, flags, env);
  reader.finish('doctor');
  if (flags.agentToken !== undefined && flags.quiet !== true)
    stderr.write(`note: ${TOKEN_ON_COMMAND_LINE}\n`);
  if (flags.quiet !== true && stderr.isTTY === true) stderr.write('looking for up to five seconds …\n');
  const facts = readHostFacts();
  const findings = [
    ...(flags.agent === undefined ? [] : await lookAtAgent(flags.agent, access)),
    ...(await lookAtGpus(facts, interrupted)),
    ...(await lookAtHost(facts)),
  ];
  stdout.write(
    flags.json === true ? `${JSON.stringify({ findings }, undefined, 2)}\n` : doctorText(findings),
  );
}
