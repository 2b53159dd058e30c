import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { ApiError } from './api-error.js';
import { ownConnection } from './event-stream.js';
import type { EndpointKind } from './frames.js';
import { sendJson } from './generation.js';
import { gpuFaultSchema } from './gpu-fault.js';
import { readBody } from './read-body.js';
import { type GenerationRequest, readChatBody, readCompletionBody } from './request-body.js';
import type { SimulatedServer } from './simulated-server.js';
import { z } from 'zod';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

type Route = (server: SimulatedServer, exchange: Exchange) => Promise<void> | void;

const ROUTES: Readonly<Record<string, { readonly method: 'GET' | 'POST'; readonly serve: Route }>> = {
  '/v1/chat/completions': {
    method: 'POST',
    serve: (server, exchange) => generate('chat', readChatBody, { server, ...exchange }),
  },
  '/v1/completions': {
    method: 'POST',
    serve: (server, exchange) => generate('completion', readCompletionBody, { server, ...exchange }),
  },
  '/v1/models': {
    method: 'GET',
    serve: (server, { response }) => sendJson(response, 200, JSON.stringify(modelList(server))),
  },
  '/health': { method: 'GET', serve: (_server, { response }) => void response.writeHead(200).end() },
  '/sim/faults': { method: 'POST', serve: injectFault },
  '/metrics': { method: 'GET', serve: sendMetrics },
};

/** Answers every request; an error of any kind becomes a JSON answer, never an unanswered request. */
export function createRequestListener(server: SimulatedServer): RequestListener {
  return (request, response) => {
    route(server, { request, response }).catch((thrown: unknown) => sendError(response, thrown));
  };
}

async function route(server: SimulatedServer, exchange: Exchange): Promise<void> {
  const { method = '', url = '' } = exchange.request;
  const path = url.split('?', 1)[0] ?? '';
  const found = ROUTES[path];
  if (found === undefined) throw new ApiError(404, 'NotFoundError', `There is no ${path} on this server.`);
  if (found.method !== method) {
    throw new ApiError(
      405,
      'MethodNotAllowedError',
      `Expected ${found.method} for ${path} but received ${method}.`,
    );
  }
  await found.serve(server, exchange);
}

async function generate(
  endpoint: EndpointKind,
  read: (text: string) => GenerationRequest,
  { server, request, response }: Exchange & { server: SimulatedServer },
): Promise<void> {
  const body = read(await readBody(request));
  server.meter(response);
  await ownConnection(response);
  server.generate(endpoint, body, { request, response });
}

/** Only for this machine, whatever interface the server listens on: a fault breaks everybody's streams. */
async function injectFault(server: SimulatedServer, { request, response }: Exchange): Promise<void> {
  const address = request.socket.remoteAddress ?? '';
  if (address !== '::1' && !address.replace('::ffff:', '').startsWith('127.'))
    throw new ApiError(403, 'ForbiddenError', 'Faults are taken from this machine alone.');
  let body: unknown;
  try {
    body = JSON.parse(await readBody(request));
  } catch (thrown) {
    if (thrown instanceof ApiError) throw thrown;
    throw new ApiError(400, 'BadRequestError', 'Expected a JSON body.');
  }
  const parsed = gpuFaultSchema.safeParse(body);
  if (!parsed.success) throw new ApiError(400, 'BadRequestError', z.prettifyError(parsed.error));
  sendJson(response, 200, JSON.stringify({ mono_ns: String(server.applyFault(parsed.data)) }));
}

function sendError(response: ServerResponse, thrown: unknown): void {
  if (response.destroyed) return;
  const error =
    thrown instanceof ApiError ? thrown : new ApiError(500, 'InternalServerError', String(thrown));
  // What is left of a body that was not read would be taken for the connection's next request.
  if (error.httpStatus === 413) response.setHeader('connection', 'close');
  sendJson(response, error.httpStatus, JSON.stringify(error));
}

function modelList({ model, createdWallS, maxModelTokens }: SimulatedServer): unknown {
  const entry = {
    id: model,
    object: 'model',
    created: createdWallS,
    owned_by: 'fluidscope',
    root: model,
    parent: null,
    max_model_len: maxModelTokens,
  };
  return { object: 'list', data: [entry] };
}

async function sendMetrics({ metrics }: SimulatedServer, { response }: Exchange): Promise<void> {
  const text = await metrics.text();
  response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
}
