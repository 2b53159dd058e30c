import type { EndpointType } from '../llm-client.js';
import { anthropicEndpoint } from './anthropic.js';
import { chatEndpoint } from './chat.js';
import { completionsEndpoint } from './completions.js';
import type { Endpoint } from './endpoint.js';
import { llamacppEndpoint } from './llamacpp.js';
import { ollamaEndpoint } from './ollama.js';
import { responsesEndpoint } from './responses.js';
import { tgiEndpoint } from './tgi.js';

export const ENDPOINTS: Readonly<Record<EndpointType, Endpoint>> = {
  chat: chatEndpoint,
  completions: completionsEndpoint,
  responses: responsesEndpoint,
  anthropic: anthropicEndpoint,
  tgi: tgiEndpoint,
  ollama: ollamaEndpoint,
  llamacpp: llamacppEndpoint,
};
