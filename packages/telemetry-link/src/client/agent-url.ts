import { UsageError } from '@fluidscope/errors';
import { CLOCK_PATH, STREAM_PATH } from '../control-messages.js';

/** The two sockets of an agent. */
export interface AgentUrls {
  readonly stream: URL;
  readonly clock: URL;
}

/** Reads `ws://host:port`, or `wss://` for TLS, with or without a path before `/v1`. Throws a `UsageError` for anything else. */
export function agentUrlsOf(text: string): AgentUrls {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'ws:' && url?.protocol !== 'wss:') {
    throw new UsageError([`Expected a ws:// or wss:// address for the agent but received "${text}"`], {
      code: 'link.bad-url',
      hint: 'An agent on this machine is at ws://127.0.0.1:PORT, with the port of its --listen.',
    });
  }
  if (url.username !== '' || url.password !== '' || url.search !== '') {
    throw new UsageError(['Expected an agent address without user, password and query'], {
      code: 'link.bad-url',
      hint: 'Give the agent’s token by --agent-token-file or FLUIDSCOPE_AGENT_TOKEN.',
    });
  }
  const base = url.pathname.replace(/\/+$/, '');
  const at = (path: string): URL => new URL(`${url.protocol}//${url.host}${base}${path}`);
  return { stream: at(STREAM_PATH), clock: at(CLOCK_PATH) };
}
