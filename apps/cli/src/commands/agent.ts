import { createAgentCommand } from '@fluidscope/agent';
import type { RegisterCommand } from '../register-command.js';

/** `fluidscope agent`: the GPU host's daemon, the same command as the program `fluidscope-agent`. */
export const registerAgentCommand: RegisterCommand = (program, context) => {
  const command = createAgentCommand('agent', context);
  // A command made elsewhere knows nothing of where this program writes and that it must not exit.
  program.addCommand(command.copyInheritedSettings(program));
};
