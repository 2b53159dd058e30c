import type { RequestEnd } from './records.js';

/** Whether a server refused a request for its rate: status 429, or 503 with a time to wait. A 503 without one is a server in trouble. */
export function isRateLimited({
  httpStatus,
  retryAfterNs,
}: Pick<RequestEnd, 'httpStatus' | 'retryAfterNs'>): boolean {
  return httpStatus === 429 || (httpStatus === 503 && retryAfterNs !== undefined);
}
