import { get } from 'node:http';

const ANSWER_LIMIT_MS = 5_000;
/** The server lives and knows no such path. */
const UNKNOWN_PATH_STATUSES: ReadonlySet<number> = new Set([404, 405, 501]);

/**
 * Asks each path in turn until one decides. Resolves to `undefined` when the engine is ready, else to what was met, for people. An
 * engine that loads its model refuses connections or answers 503.
 */
export async function whyNotHealthy(baseUrl: string, paths: readonly string[]): Promise<string | undefined> {
  let met = 'no health path was given';
  for (const path of paths) {
    const answer = await statusOf(new URL(path, baseUrl));
    if (typeof answer === 'number' && answer >= 200 && answer <= 299) return undefined;
    met = typeof answer === 'number' ? `${path} answered HTTP ${answer}` : `${path}: ${answer}`;
    if (typeof answer !== 'number' || !UNKNOWN_PATH_STATUSES.has(answer)) return met;
  }
  return met;
}

/** The status of an answer, or why there was none. The connection is not kept: none is left open to an engine that is to end. */
function statusOf(url: URL): Promise<number | string> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, signal: AbortSignal.timeout(ANSWER_LIMIT_MS) }, (response) => {
      resolve(response.statusCode ?? 0);
      // The status says all; a body without an end would otherwise hold the connection.
      response.destroy();
    });
    request.once('error', (error: NodeJS.ErrnoException) =>
      resolve(
        error.name === 'AbortError'
          ? `no answer within ${ANSWER_LIMIT_MS} ms`
          : (error.code ?? error.message),
      ),
    );
  });
}
