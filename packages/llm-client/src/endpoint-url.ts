import { UsageError } from '@fluidscope/errors';

export interface EndpointUrl {
  readonly origin: string;
  /** Path and query, as they go on the request line. */
  readonly path: string;
  readonly username: string;
  readonly password: string;
}

/**
 * Where an endpoint lives under a base URL, however much of the way the base already goes: bare host, with
 * `/v1`, with a prefix (`https://gateway/team-a/v1`), with a trailing slash, or the endpoint's whole path.
 *
 * The longest end of the base that is a beginning of the endpoint's path is not repeated. A base that ends
 * in another version (`/api/v4`) replaces the endpoint's `/v1`; a base that ends in `/v1` loses it for an
 * endpoint that has none (Ollama, TGI and llama.cpp beside their OpenAI fronts). A query is kept.
 */
export function endpointUrl(baseUrl: string, endpointPath: string): EndpointUrl {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(
      [`Expected an http or https URL for baseUrl but received ${JSON.stringify(baseUrl)}`],
      { hint: 'Give it with its scheme, such as http://127.0.0.1:8000.' },
    );
  }
  const segments = joinSegments(segmentsOf(url.pathname), segmentsOf(endpointPath));
  return {
    origin: url.origin,
    path: `/${segments.join('/')}${url.search}`,
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function joinSegments(base: readonly string[], path: readonly string[]): readonly string[] {
  for (let shared = Math.min(base.length, path.length); shared > 0; shared -= 1) {
    if (base.slice(-shared).join('/') === path.slice(0, shared).join('/')) {
      return [...base, ...path.slice(shared)];
    }
  }
  const last = base.at(-1) ?? '';
  if (path[0] === 'v1') return /^v\d/.test(last) ? [...base, ...path.slice(1)] : [...base, ...path];
  return last === 'v1' ? [...base.slice(0, -1), ...path] : [...base, ...path];
}
