import { UsageError } from '@fluidscope/errors';
import type { Endpoint } from './endpoints/endpoint.js';
import type { EndpointUrl } from './endpoint-url.js';
import type { LlmClientOptions } from './llm-client.js';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Visible text, spaces, tabs and Latin-1: what HTTP allows in a value. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * The headers of every request, by lower-case name: ours, then the endpoint's, then the key, then the
 * caller's over all of them. Throws `UsageError` that names every header HTTP would not allow, without its value.
 */
export function requestHeaders(
  options: LlmClientOptions,
  endpoint: Endpoint,
  url: EndpointUrl,
): Readonly<Record<string, string>> {
  const basic = Buffer.from(`${url.username}:${url.password}`).toString('base64');
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: endpoint.framing === 'sse' ? 'text/event-stream' : 'application/x-ndjson',
    // A compressor holds tokens back until it has enough of them.
    'accept-encoding': 'identity',
    'user-agent': 'fluidscope',
    ...endpoint.headers,
    ...(url.username === '' && url.password === '' ? {} : { authorization: `Basic ${basic}` }),
    ...(options.apiKey === undefined ? {} : endpoint.authHeaders(options.apiKey)),
  };
  const problems: string[] = [];
  if (options.apiKey !== undefined && !VALUE.test(options.apiKey)) {
    problems.push('Expected an API key of one line of plain characters but received one with others');
  }
  for (const [name, value] of Object.entries(options.headers)) {
    if (!TOKEN.test(name)) {
      problems.push(`Expected a header name but received ${JSON.stringify(name)}`);
    } else if (!VALUE.test(value)) {
      problems.push(
        `Expected a value of one line of plain characters for the header ${name} but received others`,
      );
    }
    headers[name.toLowerCase()] = value;
  }
  if (problems.length > 0) throw new UsageError(problems);
  return headers;
}
