import type { FlagReader } from '../flag-reader.js';

const EXPECTED = 'expected auto or the http(s) address of a metrics page, such as http://host:8000/metrics';

/** The pages to scrape; `auto` is `/metrics` of the endpoint's own server. */
export function readServerMetricsUrls(
  reader: FlagReader,
  texts: readonly string[],
  endpointUrl: string,
): readonly URL[] {
  const urls = texts.flatMap((text) => pageOf(reader, text, endpointUrl) ?? []);
  return [...new Map(urls.map((url) => [url.href, url])).values()];
}

function pageOf(reader: FlagReader, text: string, endpointUrl: string): URL | undefined {
  const url = text === 'auto' ? URL.parse('/metrics', endpointUrl) : URL.parse(text);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  // A wrong endpoint is a problem of its own flag.
  if (text !== 'auto') reader.problem('--server-metrics', `${EXPECTED}; received ${JSON.stringify(text)}`);
  return undefined;
}
