import { messageOf } from '@fluidscope/errors';
import { ENDPOINT_TYPES, readProxy, type EndpointType, type Timeouts } from '@fluidscope/llm-client';
import type { CliContext } from '../cli-context.js';
import type { FlagReader } from '../flag-reader.js';
import type { EndpointFlags } from './run-flags.js';

/** Where the load goes and how it is asked for. `apiKey` is a secret: it goes to the client and nowhere else. */
export interface EndpointConfig {
  readonly url: string;
  readonly endpointType: EndpointType;
  readonly model: string | undefined;
  readonly apiKey: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly extraBody: Readonly<Record<string, unknown>>;
  readonly caPath: string | undefined;
  readonly insecure: boolean;
  /** May hold a password: it goes to the client and nowhere else. */
  readonly proxyUrl?: string;
  readonly keepsAlive: boolean;
  readonly timeouts: Timeouts;
}

/** Engines that serve one model and take no name. */
const MODEL_OPTIONAL: ReadonlySet<EndpointType> = new Set(['tgi', 'llamacpp']);

/** Reads the endpoint's flags; problems go to `reader`, and the value is then incomplete. */
export function readEndpoint(
  reader: FlagReader,
  flags: EndpointFlags,
  env: CliContext['env'],
): EndpointConfig {
  const endpointType = reader.choice('--endpoint-type', flags.endpointType, ENDPOINT_TYPES) ?? 'chat';
  if (flags.model === undefined && !MODEL_OPTIONAL.has(endpointType)) {
    reader.problem(
      '--model',
      `expected the model's name for endpoint type ${endpointType} but received none`,
    );
  }
  return {
    url: readUrl(reader, flags.url ?? env['OPENAI_BASE_URL'] ?? env['OPENAI_API_BASE']),
    endpointType,
    model: flags.model,
    apiKey: flags.apiKey ?? (env['OPENAI_API_KEY'] || undefined),
    headers: readHeaders(reader, flags.header ?? []),
    extraBody: {
      ...readExtraBody(reader, flags.extraBody),
      ...readExtraInputs(reader, flags.extraInputs ?? []),
    },
    caPath: flags.ca,
    insecure: flags.insecure ?? false,
    ...(flags.proxy === undefined ? {} : { proxyUrl: checkedProxy(reader, flags.proxy) }),
    keepsAlive: flags.keepAlive ?? true,
    timeouts: {
      connectTimeoutNs: reader.limit('--connect-timeout', flags.connectTimeout),
      firstByteTimeoutNs: reader.limit('--first-byte-timeout', flags.firstByteTimeout),
      idleTimeoutNs: reader.limit('--idle-timeout', flags.idleTimeout),
      totalTimeoutNs: reader.limit('--total-timeout', flags.totalTimeout),
    },
  };
}

function checkedProxy(reader: FlagReader, url: string): string {
  try {
    readProxy(url);
  } catch (refused) {
    const [problem = ''] = messageOf(refused).split('\n');
    reader.problem('--proxy', problem.replace(/^Expected/, 'expected'));
  }
  return url;
}

function readUrl(reader: FlagReader, text: string | undefined): string {
  if (text === undefined) {
    reader.problem('--url', 'expected the server, such as http://localhost:8000, but received none');
    return '';
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    reader.problem('--url', `expected an http:// or https:// address but received "${text}"`);
  } else if (url.username !== '' || url.password !== '') {
    reader.problem(
      '--url',
      'expected an address without user and password; give a secret by --api-key or --header',
    );
  }
  return text;
}

function readHeaders(reader: FlagReader, texts: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const text of texts) {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*(.*)$/.exec(text) ?? [];
    if (name === undefined || value === undefined) {
      reader.problem('--header', `expected "name: value" but received "${text}"`);
    } else {
      headers[name.toLowerCase()] = value;
    }
  }
  return headers;
}

function readExtraBody(reader: FlagReader, text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {};
  const value = parseJson(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  reader.problem('--extra-body', `expected a JSON object such as {"top_p": 0.9} but received "${text}"`);
  return {};
}

/** AIPerf's spelling: `ignore_eos:true`. The value is JSON where it reads as such, else a string. */
function readExtraInputs(reader: FlagReader, texts: readonly string[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const text of texts) {
    const [, key, value] = /^([^:\s]+):(.*)$/s.exec(text) ?? [];
    if (key === undefined || value === undefined) {
      reader.problem('--extra-inputs', `expected key:value but received "${text}"`);
    } else {
      fields[key] = parseJson(value) ?? value;
    }
  }
  return fields;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
