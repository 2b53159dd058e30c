import { STATUS_CODES } from 'node:http';

/** The message of a response whose status is not a success: the server's words, or the status's own. */
export function httpFailureMessage(
  httpStatus: number,
  serverMessage: string | undefined,
  location: string | undefined,
): string {
  const words = serverMessage ?? `HTTP ${httpStatus} ${STATUS_CODES[httpStatus] ?? ''} without a body`;
  if (httpStatus >= 400) return words;
  // A redirect that was followed silently would be measured as the server's time.
  const hint =
    location === undefined
      ? 'Redirects are not followed.'
      : `Redirects are not followed: give ${location} (without the endpoint's path) as the URL.`;
  return `HTTP ${httpStatus} ${STATUS_CODES[httpStatus] ?? ''}. ${hint}`;
}
