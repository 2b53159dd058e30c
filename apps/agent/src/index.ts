export { createAgentCommand, type AgentCommandContext } from './agent-command.js';
export { DEFAULT_LISTEN, parseListenAddress, type ListenAddress } from './listen-address.js';
export type { AgentOptions } from './options.js';
export { startAgent, type RunningAgent } from './start-agent.js';
