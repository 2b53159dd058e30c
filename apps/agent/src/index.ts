export { createAgentCommand, type AgentCommandContext } from './agent-command.js';
export { DEFAULT_LISTEN } from './default-listen.js';
export type { AgentOptions } from './options.js';
export { startAgent, type RunningAgent } from './start-agent.js';
