import type { IncomingMessage } from 'node:http';
import { ApiError } from './api-error.js';

/** Room for a prompt of the longest context at 100 bytes a token. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;

/**
 * The request's body as text. Rejects with `ApiError` 413 beyond `MAX_BODY_BYTES`, whose rest is thrown away as it comes, and
 * with 400 when the connection closes before its end.
 *
 * Not `for await`: leaving that loop early destroys the connection, and with it the answer that says why.
 */
export function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let lengthBytes = 0;
    const collect = (part: Buffer): void => {
      lengthBytes += part.length;
      parts.push(part);
      if (lengthBytes <= MAX_BODY_BYTES) return;
      request.off('data', collect);
      request.resume();
      parts.length = 0;
      reject(tooLarge());
    };
    request.on('data', collect);
    request.once('end', () => resolve(Buffer.concat(parts).toString('utf8')));
    request.once('close', () => reject(new ApiError(400, 'BadRequestError', 'The body ended early.')));
    request.once('error', reject);
  });
}

function tooLarge(): ApiError {
  return new ApiError(
    413,
    'RequestEntityTooLargeError',
    `Expected a body of at most ${MAX_BODY_BYTES} bytes but received more`,
  );
}
