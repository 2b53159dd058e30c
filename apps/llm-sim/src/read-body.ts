import type { IncomingMessage } from 'node:http';
import { ApiError } from './api-error.js';

/** Room for a prompt of the longest context at 100 bytes a token. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** The request's body as text; throws `ApiError` 413 beyond `MAX_BODY_BYTES`, having read no further. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let lengthBytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    lengthBytes += part.length;
    if (lengthBytes > MAX_BODY_BYTES) {
      throw new ApiError(
        413,
        'RequestEntityTooLargeError',
        `Expected a body of at most ${MAX_BODY_BYTES} bytes but received more`,
      );
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
