export type HttpErrorStatus = 400 | 401 | 403 | 404 | 405 | 413 | 426 | 429 | 500;

const CODES: Readonly<Record<HttpErrorStatus, string>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'body_refused',
  426: 'upgrade_required',
  429: 'too_many_requests',
  500: 'internal',
};

/** An answer other than 200, as JSON: `{"error": {"code": "not_found", "message": "…"}}`. */
export class HttpError extends Error {
  override readonly name = 'HttpError';

  constructor(
    readonly httpStatus: HttpErrorStatus,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  toJSON(): unknown {
    return { error: { code: CODES[this.httpStatus], message: this.message } };
  }
}
