import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** Why an upgrade is not taken: answered as JSON, `{"error": {"code", "message", "hint"}}`, as a plain request would be. */
export interface UpgradeRefusal {
  readonly httpStatus: number;
  readonly code: string;
  readonly message: string;
  /** What the program that asked can do about it. */
  readonly hint?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const UNAUTHORISED: UpgradeRefusal = {
  httpStatus: 401,
  code: 'unauthorized',
  message: 'Expected the agent’s token in Authorization: Bearer …',
  hint: 'fluidscope run, watch and doctor take it by --agent-token-file, --agent-token or FLUIDSCOPE_AGENT_TOKEN.',
  headers: { 'WWW-Authenticate': 'Bearer realm="fluidscope-agent"' },
};

/** Answers and closes; the client's own text is never in the answer. */
export function refuseUpgrade(socket: Duplex, refusal: UpgradeRefusal): void {
  const { httpStatus, code, message, hint, headers = {} } = refusal;
  const body = `${JSON.stringify({ error: { code, message, ...(hint === undefined ? {} : { hint }) } })}\n`;
  const head = Object.entries({
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  // Its other half would stay open for as long as the client likes, and count among the server's connections.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${httpStatus} ${STATUS_CODES[httpStatus] ?? ''}\r\n${head.join('')}\r\n${body}`);
}
