import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What becomes of one request. Gaps are between chunks, from the request's arrival on. */
export type Behaviour =
  | {
      readonly kind: 'stream';
      readonly gapsMs: readonly number[];
      /** Where the server says how many tokens there are: two for each chunk of text. */
      readonly usage?: 'on_every_chunk' | 'at_the_end';
    }
  | { readonly kind: 'refuse'; readonly httpStatus: number; readonly body: string }
  /** Some chunks, and then the connection is gone. */
  | { readonly kind: 'reset'; readonly gapsMs: readonly number[] }
  /** Some chunks, and then neither an end nor anything else. */
  | { readonly kind: 'hang'; readonly gapsMs: readonly number[] };

export interface ReceivedRequest {
  readonly requestId: string;
  readonly prompt: string;
  readonly maxTokens: number;
  /** CLOCK_MONOTONIC just before each chunk of text was written. */
  readonly writtenNs: bigint[];
}

export const TOKENS_PER_CHUNK_COUNT = 2;

/** A chat endpoint whose every chunk comes when a test says so. */
export class ScriptedServer {
  readonly received: ReceivedRequest[] = [];
  readonly #server: Server;

  private constructor(behaviourOf: (request: ReceivedRequest) => Behaviour) {
    this.#server = createServer((message, response) => {
      this.#answer(message, response, behaviourOf).catch(() => response.destroy());
    });
  }

  static async start(behaviourOf: (request: ReceivedRequest) => Behaviour): Promise<ScriptedServer> {
    const scripted = new ScriptedServer(behaviourOf);
    scripted.#server.listen(0, '127.0.0.1');
    await once(scripted.#server, 'listening');
    return scripted;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(
    message: IncomingMessage,
    response: ServerResponse,
    behaviourOf: (request: ReceivedRequest) => Behaviour,
  ): Promise<void> {
    const request = await readRequest(message);
    this.received.push(request);
    const behaviour = behaviourOf(request);
    if (behaviour.kind === 'refuse') {
      response.writeHead(behaviour.httpStatus, { 'content-type': 'text/plain' }).end(behaviour.body);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    await writeChunks(response, request, behaviour);
    if (behaviour.kind === 'reset') response.socket?.resetAndDestroy();
    if (behaviour.kind === 'stream') writeEnd(response, request.writtenNs.length * TOKENS_PER_CHUNK_COUNT);
  }
}

async function readRequest(message: IncomingMessage): Promise<ReceivedRequest> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  const body = JSON.parse(Buffer.concat(parts).toString()) as {
    readonly messages: readonly { readonly content: string }[];
    readonly max_tokens?: number;
    readonly max_completion_tokens?: number;
  };
  return {
    requestId: String(message.headers['x-request-id']),
    prompt: body.messages.map(({ content }) => content).join('\n'),
    maxTokens: body.max_tokens ?? body.max_completion_tokens ?? 0,
    writtenNs: [],
  };
}

async function writeChunks(
  response: ServerResponse,
  { writtenNs }: ReceivedRequest,
  behaviour: Exclude<Behaviour, { kind: 'refuse' }>,
): Promise<void> {
  const saysUsage = behaviour.kind === 'stream' && behaviour.usage === 'on_every_chunk';
  for (const gapMs of behaviour.gapsMs) {
    if (gapMs > 0) await sleep(gapMs);
    writtenNs.push(process.hrtime.bigint());
    const usage = saysUsage ? { usage: usageOf(writtenNs.length * TOKENS_PER_CHUNK_COUNT) } : {};
    writeEvent(response, {
      id: 'answer',
      choices: [{ index: 0, delta: { content: 'two tokens ' } }],
      ...usage,
    });
  }
}

function writeEnd(response: ServerResponse, outputTokens: number): void {
  writeEvent(response, { id: 'answer', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
  writeEvent(response, { id: 'answer', choices: [], usage: usageOf(outputTokens) });
  response.end('data: [DONE]\n\n');
}

function usageOf(outputTokens: number): Record<string, number> {
  return { prompt_tokens: 9, completion_tokens: outputTokens, total_tokens: 9 + outputTokens };
}

function writeEvent(response: ServerResponse, event: unknown): void {
  response.write(`data: ${JSON.stringify(event)}\n\n`);
}
